import { families as allFamilies, type Family } from '../../core/address.ts'
import { type HarnessError, inputError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { checkSize } from '../../iptables/bounds.ts'
import { compose } from './compose.ts'
import { assumptions, type Damage, refuse } from './damage.ts'
import { evaluate } from './evaluate.ts'
import type { Found } from './found.ts'
import type { CaptureOptions } from './options.ts'
import { rulesOfFlags } from './pods/flags.ts'
import { piecesOf } from './pods/pieces.ts'
import type { Part } from './pods/pod.ts'
import { Reader } from './reader.ts'
import { routingBy } from './shell/routing.ts'
import { chooseSnapshots, type ToldUnit } from './snapshots.ts'
import { cleanedWords, Tally } from './tally.ts'
import { kindOf } from './text/kinds.ts'
import type { Line } from './text/line.ts'
import { withMessages } from './text/messages.ts'
import { splitLines } from './text/split.ts'
import type { Unit } from './units.ts'
import { whoseAre } from './whose.ts'

export type { CaptureOptions } from './options.ts'

/** A line of a text that is no rule. */
export interface PassedOver {
  line: number
  text: string
}

/** A text that was copied from somewhere, cleaned, with what it holds of each family. */
export interface Capture {
  /** Those that it speaks of. Of any other nothing is known. */
  families: readonly Family[]
  /** Nothing told whose its rules are, nor did the caller. */
  isAssumed: boolean
  /** What was cleaned, assumed and left out: a line each. */
  notes: readonly string[]
  /** Lines that are no rules, in the order of the file. */
  passedOver: readonly PassedOver[]
  /** What the text omits of its rules, so that they cannot be loaded: one line each. */
  unsaid: readonly string[]
  /**
   * What it says of one family, as iptables reads it.
   * @param podIPs what `$POD_IP` stands for. @throws HarnessError (`input`) with the place in the file.
   */
  rulesOf(family: Family, podIPs: readonly string[]): RuleText | undefined
  /** Maps an error from loading the rules to its place in the file. */
  locate(error: HarnessError, family: Family): HarnessError
}

/** RFC 5737 and RFC 3849 keep these for examples: which they are is of no importance before somebody asks for rules. */
const exampleIPs = ['192.0.2.1', '2001:db8::1']

/**
 * Cleans a captured text and determines the family of its rules.
 * @param cleaned what was cleaned before it was a text.
 * @throws HarnessError (`input`) if it has no rules, if the family of some is not known, if something is missing in it, or no
 * snapshot is meant; its message begins with the place.
 */
export function readCapture(text: string, options: CaptureOptions = {}, cleaned: readonly string[] = []): Capture {
  checkSize(text)
  const first = contentsOf(text, 'ipv4', exampleIPs, options)
  const families = allFamilies.filter((family) => first.units.some(({ told }) => told.includes(family)))
  const composedBefore = new Map<Family, ReturnType<typeof compose>>()
  const composedOf = (family: Family, podIPs: readonly string[]): ReturnType<typeof compose> => {
    const { units, found } = family === 'ipv4' && podIPs === exampleIPs ? first : contentsOf(text, family, podIPs, options)
    const known = options.complete === true ? units.map(({ unknown: _, ...unit }) => unit) : units
    const composed = compose(known, family, podIPs, found.comments)
    if (composed !== undefined && found.routing.length > 0)
      composed.text.routing = routingBy(found.routing.filter((command) => command.family === family))
    composedBefore.set(family, composed)
    return composed
  }
  const told = [...cleaned, ...first.cleaned]
  const { passedOver } = first.found
  const { damages, unsaid } = first
  const isComplete = options.complete === true
  return {
    families,
    isAssumed: first.isAssumed,
    notes: [
      ...(isComplete ? [...assumptions(damages), ...unsaidNotes(unsaid)] : []),
      ...first.notes,
      ...(told.length === 0 ? [] : [`cleaned: ${told.join(', ')}`]),
      ...(passedOver.length === 0
        ? []
        : [`passed over: ${passedOver.length === 1 ? 'a line that is no rule' : `${passedOver.length} lines that are no rules`}`]),
      ...legacyTables(text),
    ],
    passedOver: passedOver.map((line) => ({ line: line.number, text: line.text })),
    unsaid: isComplete ? [] : unsaid,
    rulesOf: (family, podIPs) => composedOf(family, podIPs)?.text,
    locate: (error, family) => (composedBefore.get(family) ?? composedOf(family, exampleIPs))?.locate(error) ?? error,
  }
}

interface Contents {
  units: readonly ToldUnit[]
  found: Found
  isAssumed: boolean
  notes: string[]
  cleaned: string[]
  /** What is missing in what is read. */
  damages: readonly Damage[]
  unsaid: string[]
}

function contentsOf(text: string, family: Family, podIPs: readonly string[], options: CaptureOptions): Contents {
  const plain = read(text, family, podIPs, options, false)
  const isEmpty = plain.found.units.length === 0
  // Where a text has nothing but commands behind `# `, that is a root's prompt.
  const { found, tally, notes, hasChosen, without } = isEmpty && plain.found.hashed > 0 ? read(text, family, podIPs, options, true) : plain
  if (found.units.length === 0 && without !== undefined)
    throw inputError(
      `line ${without}`,
      'no init container here has iptables rules in its command or arguments',
      'capture iptables-save in the pod',
    )
  if (found.units.length === 0)
    throw inputError('line 1', emptiness(text, found), 'capture it with iptables-save and ip6tables-save, as root')
  const whose = whoseAre(found.units, options)
  const chosen = chooseSnapshots(whose.units, hasChosen ? undefined : options.snapshot)
  const damages = found.damages.filter((damage) => concerns(damage, found.units, chosen.units))
  if (damages.length > 0 && options.complete !== true) refuse(damages)
  const evaluated = evaluate(chosen.units, found.steps, podIPs)
  const unsaid = unsaidIn(evaluated.units)
  return {
    units: evaluated.units,
    found,
    isAssumed: whose.isAssumed,
    notes: [...whose.notes, ...found.notes, ...notes, ...chosen.notes, ...evaluated.notes],
    cleaned: tally.told,
    damages,
    unsaid,
  }
}

function read(text: string, family: Family, podIPs: readonly string[], options: CaptureOptions, isRoots: boolean) {
  const tally = new Tally(cleanedWords)
  const { parts, lines, notes, hasChosen, without } = piecesOf(
    withMessages(splitLines(text, tally), (count) => tally.add('messages', count)),
    options.snapshot,
  )
  const reader = new Reader({ tally, isWritten: options.isWritten === true, family, podIPs, isRoots })
  // A pod's own script comes first, wherever it stands: whatever else was captured shows what came of it.
  for (const part of parts) {
    if (part.kind === 'script') reader.read(part.lines, part.environment)
    else reader.take(rulesOfFlags(part))
  }
  const { own, quoted } = withoutQuotes(lines, parts)
  if (quoted > 0) notes.push(`left out: ${quoted === 1 ? 'a line that only quotes' : `${quoted} lines that only quote`} what the pod runs`)
  reader.read(own)
  return { found: reader.found, tally, notes, hasChosen, without }
}

/** A page that shows a pod often says again what part of it is about. */
function withoutQuotes(lines: readonly Line[], parts: readonly Part[]): { own: readonly Line[]; quoted: number } {
  if (parts.length === 0) return { own: lines, quoted: 0 }
  const scripts = parts.map((part) => (part.kind === 'script' ? part.lines.map(({ text }) => text).join('\n') : '')).join('\n')
  const own = lines.filter(({ text }) => !['rule', 'command'].includes(kindOf(text.trim())) || !scripts.includes(text.trim()))
  return { own, quoted: lines.length - own.length }
}

/** Whether something is missing in what is read, and not in a snapshot that is not. */
function concerns({ line }: Damage, units: readonly Unit[], chosen: readonly ToldUnit[]): boolean {
  const isIn = ({ first, last }: Pick<Unit, 'first' | 'last'>): boolean => line >= first - 1 && line <= last + 1
  return chosen.some(isIn) || !units.some(isIn)
}

function unsaidNotes(unsaid: readonly string[]): string[] {
  const kinds = [...new Set(unsaid.flatMap((each) => each.slice(each.indexOf(':') + 2).split(', ')))]
  return unsaid.length === 0
    ? []
    : [
        `assumed: what the listing does not say is not asked for: ${kinds.slice(0, 6).join(', ')} of ${unsaid.length} rule${unsaid.length === 1 ? '' : 's'}`,
      ]
}

/** What listings do not say. */
function unsaidIn(units: readonly ToldUnit[]): string[] {
  return units.flatMap(({ unknown }) => [...(unknown ?? [])].map(([{ number }, what]) => `line ${number}: ${what.join(', ')}`))
}

function emptiness(text: string, { passedOver, hashed }: Found): string {
  if (text.trim() === '') return 'the text is empty'
  if (passedOver.length === 0 && hashed === 0) return 'the text has no rules, only comments'
  return 'nothing in the text is a rule'
}

/** iptables-nft-save warns of what it does not show. */
function legacyTables(text: string): string[] {
  const [, program] = /^\s*# Warning: (ip6?tables)-legacy tables present/m.exec(text) ?? []
  return program === undefined ? [] : [`warning: there were tables of ${program}-legacy too, which this text does not hold`]
}
