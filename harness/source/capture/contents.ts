import type { Family } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import { withoutIdleBackend } from './backends.ts'
import { type Damage, refuse } from './damage.ts'
import { lackNotes } from './around/routing-in.ts'
import { emptiness } from './emptiness.ts'
import { evaluate } from './evaluate.ts'
import { withoutEntries } from './entries.ts'
import type { Found } from './found.ts'
import type { CaptureOptions } from './options.ts'
import { builtByCalls } from './pods/builder-calls.ts'
import { rulesOfFlags } from './pods/flags.ts'
import { piecesOf } from './pods/pieces.ts'
import type { Part } from './pods/pod.ts'
import { type MissingSet, missingSets } from './sets/named-sets.ts'
import { Reader } from './reader.ts'
import { chooseSnapshots, type ToldUnit } from './snapshots.ts'
import { cleanedWords, Tally } from './tally.ts'
import { kindOf } from './text/kinds.ts'
import type { Line } from './text/line.ts'
import { withMessages } from './text/messages.ts'
import { withoutTextSigns } from './text/program-texts.ts'
import { splitLines } from './text/split.ts'
import { withTableCells } from './text/table-cells.ts'
import { withTasks } from './text/tasks.ts'
import type { Unit } from './units.ts'
import { whoseAre } from './whose.ts'

/** What a text holds for one family, cleaned and chosen from. */
export interface Contents {
  units: readonly ToldUnit[]
  found: Found
  isAssumed: boolean
  notes: string[]
  cleaned: string[]
  /** What is missing in what is read. */
  damages: readonly Damage[]
  unsaid: string[]
  /** Sets that rules ask about and of which nobody knows what is in them. */
  missing: MissingSet[]
}

/**
 * @param family whose `$POD_IP` is meant. @param podIPs what it stands for.
 * @throws HarnessError (`input`) with the place, where there are no rules, or something is missing in them.
 */
export function contentsOf(text: string, family: Family, podIPs: readonly string[], options: CaptureOptions): Contents {
  if (/^schema:[ \t]*["']?sidetrack\.bug\/1\b/m.test(text.slice(0, 20_000)))
    throw inputError(
      'line 1',
      'the text is a bug file, which has rules that are broken and rules that are mended',
      'write sidetrack run --bugs FILE',
    )
  const plain = read(text, family, podIPs, options, false)
  const isEmpty = plain.found.units.length === 0
  // Where a text has nothing but commands behind `# `, that is a root's prompt.
  const { found, tally, notes, hasChosen, without } =
    isEmpty && plain.found.hashed > 0 ? read(text, family, podIPs, options, true) : plain
  if (found.units.length === 0 && without !== undefined)
    throw inputError(
      `line ${without}`,
      'no init container here has iptables rules in its command or arguments',
      'capture iptables-save in the pod, or the log of the one that makes them: kubectl logs POD -c CONTAINER',
    )
  for (const { family, line, why } of found.unread)
    if (
      !found.units.some(
        ({ command, first, told }) => command === undefined && first > line && told?.includes(family) !== false,
      )
    )
      throw why
  if (found.units.length === 0) throw emptiness(text, found)
  const whose = whoseAre(found.units, options)
  const own = found.collected.isOne ? withoutIdleBackend(whose.units, options.snapshot) : whose.units
  const chosen = chooseSnapshots(own, hasChosen ? undefined : options.snapshot)
  const damages = [
    ...found.damages.filter((damage) => concerns(damage, found.units, chosen.units)),
    ...found.around.damages,
    ...found.collected.damages,
    ...found.sets.damages,
    ...(options.isWritten === true ? [] : withoutEntries(chosen.units)),
  ]
  if (damages.length > 0 && options.complete !== true) refuse(damages)
  const evaluated = evaluate(chosen.units, found.steps, podIPs)
  const unsaid = unsaidIn(evaluated.units)
  return {
    units: evaluated.units,
    found,
    isAssumed: whose.isAssumed,
    notes: [
      ...whose.notes,
      ...found.around.notes,
      ...found.sets.notes,
      ...lackNotes(found),
      ...found.notes,
      ...withoutRedirects(found.units),
      ...notes,
      ...chosen.notes,
      ...evaluated.notes,
    ],
    cleaned: tally.told,
    damages,
    unsaid,
    missing: missingSets(evaluated.units, found.sets),
  }
}

function read(text: string, family: Family, podIPs: readonly string[], options: CaptureOptions, isRoots: boolean) {
  const tally = new Tally(cleanedWords)
  const cells = withTableCells(
    withMessages(splitLines(text, tally), (count) => tally.add('messages', count)),
    (count) => tally.add('cells', count),
  )
  const taken = (count: number): void => tally.add('strings', count)
  const { parts, lines, notes, hasChosen, without } = piecesOf(
    options.isWritten === true ? cells : withTasks(withoutTextSigns(cells, taken), taken),
    options.snapshot,
  )
  const reader = new Reader({ tally, isWritten: options.isWritten === true, family, podIPs, isRoots })
  // A pod's own script comes first, wherever it stands: whatever else was captured shows what came of it.
  for (const part of parts) {
    if (part.kind === 'script') reader.read(part.lines, part.environment)
    else if (part.kind === 'file') reader.read(part.lines)
    else reader.take(rulesOfFlags(part))
  }
  const { own, quoted } = withoutQuotes(lines, parts)
  if (quoted > 0)
    notes.push(
      `left out: ${quoted === 1 ? 'a line that only quotes' : `${quoted} lines that only quote`} what the pod runs`,
    )
  reader.read(own)
  for (const built of builtByCalls(reader.found)) reader.take(built)
  reader.found.units.push(...reader.found.collected.end(reader.found.units))
  return { found: reader.found, tally, notes, hasChosen, without }
}

/** A page that shows a pod often says again what part of it is about. */
function withoutQuotes(lines: readonly Line[], parts: readonly Part[]): { own: readonly Line[]; quoted: number } {
  if (parts.length === 0) return { own: lines, quoted: 0 }
  const scripts = parts
    .map((part) => (part.kind !== 'flags' ? part.lines.map(({ text }) => text).join('\n') : ''))
    .join('\n')
  const own = lines.filter(
    ({ text }) => !['rule', 'command'].includes(kindOf(text.trim())) || !scripts.includes(text.trim()),
  )
  return { own, quoted: lines.length - own.length }
}

/**
 * `iptables -L` and `iptables -S` show table filter, if they are not told which; and commands that somebody adds to the
 * mesh's own rules, to log or to drop something, redirect nothing.
 */
function withoutRedirects(units: readonly Unit[]): string[] {
  if (units.every(({ table, command, isSnapshot }) => table === 'filter' && command === undefined && isSnapshot))
    return [
      'warning: the text holds table filter alone; what redirects stands in nat and mangle, which iptables-save shows too',
    ]
  const isAdded = units.every(
    ({ table, command }) =>
      table !== 'nat' && command !== undefined && !command.words.some(({ text }) => text === 'TPROXY'),
  )
  return isAdded
    ? [
        'warning: no command of the text redirects anything; if others have been there before, iptables-save shows them too',
      ]
    : []
}

/** Whether something is missing in what is read, and not in a snapshot that is not. */
function concerns({ line }: Damage, units: readonly Unit[], chosen: readonly ToldUnit[]): boolean {
  const isIn = ({ first, last }: Pick<Unit, 'first' | 'last'>): boolean => line >= first - 1 && line <= last + 1
  return chosen.some(isIn) || !units.some(isIn)
}

/** What listings do not say. */
function unsaidIn(units: readonly ToldUnit[]): string[] {
  return units.flatMap(({ unknown }) =>
    [...(unknown ?? [])].map(([{ number }, what]) => `line ${number}: ${what.join(', ')}`),
  )
}
