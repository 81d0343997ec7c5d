import { families as allFamilies, type Family } from '../../core/address.ts'
import { asHarnessError, HarnessError, inputError } from '../../core/errors.ts'
import { checkSize } from '../../iptables/bounds.ts'
import { readRules } from '../../iptables/read.ts'
import { clean, type Cleaned } from './clean.ts'
import { chooseSnapshots, type ToldUnit } from './snapshots.ts'
import { type Unit, unitsOf } from './units.ts'

/** What a caller says of a captured text. */
export interface CaptureOptions {
  /** Whose rules a payload holds that does not tell. */
  family?: Family | undefined
  /** What has said so, in messages; by default `--family`. */
  familyBy?: string | undefined
  /** Which of several snapshots of a table is read, from 1; by default the last. */
  snapshot?: number | undefined
  /** A scenario's own text, which is loaded as it stands. */
  isWritten?: true
}

/** A text that was copied from somewhere, cleaned, with what it holds of each family. */
export interface Capture {
  /** Those that it speaks of. Of any other nothing is known. */
  families: readonly Family[]
  /** Nothing told whose its rules are, nor did the caller. */
  isAssumed: boolean
  /** What was cleaned, assumed and left out: a line each. */
  notes: readonly string[]
  /** What it says of one family, every line where it stands in the file; to be read as iptables reads it. */
  textOf(family: Family): string
  /** An error of whoever read that, with the file's column. */
  locate(error: HarnessError): HarnessError
}

/**
 * Cleans a captured text and finds out whose rules it holds.
 * @param cleaned what was cleaned before it was a text.
 * @throws HarnessError (`input`) if it has no rules, if nobody can tell whose some are, or no snapshot is meant; its message begins
 * with the place.
 */
export function readCapture(text: string, options: CaptureOptions = {}, cleaned: readonly string[] = []): Capture {
  checkSize(text)
  const read = clean(text)
  if (!read.lines.some((line) => line.trim() !== '' && !line.trimStart().startsWith('#')))
    throw inputError('line 1', emptiness(text), 'capture it with iptables-save and ip6tables-save, as root')
  const told = [...cleaned, ...read.cleaned]
  const { notes, ...contents } = read.form === 'payload' ? ofPayload(read, options) : ofScript(read, options)
  const lost = legacyTables(read.lines)
  return {
    ...contents,
    notes: [...notes, ...(told.length === 0 ? [] : [`cleaned: ${told.join(', ')}`]), ...lost],
    locate: (error) => read.columns.locate(error),
  }
}

const emptiness = (text: string): string => (text.trim() === '' ? 'the text is empty' : 'the text has no rules, only comments')

/** iptables-nft-save warns of what it does not show. */
function legacyTables(lines: readonly string[]): string[] {
  const found = lines
    .map((line) => /^# Warning: (ip6?tables)-legacy tables present/.exec(line)?.[1])
    .find((program) => program !== undefined)
  return found === undefined ? [] : [`warning: there were tables of ${found}-legacy too, which this text does not hold`]
}

type Contents = Pick<Capture, 'families' | 'isAssumed' | 'textOf'> & { notes: readonly string[] }

/** Commands and scripts name the program that they call, and so the family. */
function ofScript({ lines }: Cleaned, { family, familyBy, snapshot }: CaptureOptions): Contents {
  if (snapshot !== undefined && snapshot > 1) throw inputError('--snapshot', 'the text has one snapshot')
  const text = lines.join('\n')
  const families = allFamilies.filter((each) => speaksOf(text, each))
  const [only] = families
  if (only !== undefined && families.length === 1) checkSaid(only, `the text's commands are`, { family, familyBy })
  return { families, isAssumed: false, notes: [], textOf: () => text }
}

function speaksOf(text: string, family: Family): boolean {
  try {
    // The addresses are of no importance: RFC 5737 and RFC 3849 keep these for examples.
    return readRules(text, { family, podIPs: ['192.0.2.1', '2001:db8::1'] }) !== undefined
  } catch (thrown) {
    if (asHarnessError(thrown).fault !== 'input') throw thrown
    // Whoever asks for the rules is told what is wrong with them.
    return true
  }
}

function ofPayload({ lines, marks }: Cleaned, { family, familyBy, snapshot, isWritten }: CaptureOptions): Contents {
  const units = unitsOf(lines, marks, isWritten)
  const known = [...new Set(units.flatMap(({ told }) => told ?? []))]
  const [only] = known
  const teller = units.find(({ told }) => told !== undefined)
  if (only !== undefined && known.length === 1) checkSaid(only, `line ${teller?.toldAt} is`, { family, familyBy })
  const isDual = units.some(({ told = [] }) => told.length > 1)
  const told = units.map((unit): ToldUnit => ({ ...unit, told: unit.told ?? (isDual ? allFamilies : standIn(unit.first, known, family)) }))
  const chosen = chooseSnapshots(told, snapshot)
  const isAssumed = known.length === 0 && family === undefined
  const families = units.length === 0 ? [family ?? 'ipv4'] : allFamilies.filter((each) => told.some((unit) => unit.told.includes(each)))
  return {
    families,
    isAssumed,
    notes: [
      ...(isAssumed ? ['assumed: the rules are for ipv4, since nothing in the text tells; --family says otherwise'] : []),
      ...chosen.notes,
    ],
    textOf: (asked) => onlyOf(lines, asked, { units, marks, chosen: chosen.units }),
  }
}

/** @throws HarnessError (`input`) if the caller says another family than the one that the text speaks of. @param what says so. */
function checkSaid(told: Family, what: string, { family, familyBy = '--family' }: CaptureOptions): void {
  if (family === undefined || family === told) return
  throw new HarnessError('input', `${familyBy} ${family}, but ${what} about ${told}`, { hint: 'leave it out' })
}

/** The others' family, where they are all of one; else what the caller says; else IPv4, as long as nothing speaks of IPv6. */
function standIn(line: number, known: readonly Family[], said: Family | undefined): readonly Family[] {
  if (known.length === 1) return known
  if (said !== undefined) return [said]
  if (known.length === 0) return ['ipv4']
  throw inputError(
    `line ${line}`,
    'the text has rules of both families, and nothing tells whose this table is',
    "write a line such as '# Generated by ip6tables-save' above it, or say --family",
  )
}

/** The text with every other line empty, so that places remain right. */
function onlyOf(
  lines: readonly string[],
  family: Family,
  { units, marks, chosen }: { units: readonly Unit[]; marks: Cleaned['marks']; chosen: readonly ToldUnit[] },
): string {
  const left = [...lines]
  for (const [line, mark] of marks) if ('family' in mark && mark.family !== family) left[line - 1] = ''
  const kept = new Set(chosen.filter(({ told }) => told.includes(family)).map(({ first }) => first))
  for (const { first, last } of units) if (!kept.has(first)) left.fill('', first - 1, last)
  return left.join('\n')
}
