import type { Family } from '../../core/address.ts'
import type { HarnessError } from '../../core/errors.ts'
import type { RuleCommand, RuleText } from '../../flow/ruleset.ts'
import { checkWords } from '../../iptables/texts/commands.ts'
import { checkOptions } from '../../iptables/command/listed-options.ts'
import { readPayload } from '../../iptables/texts/payload.ts'
import { builtinChains, isTableName } from '../../iptables/syntax/tree.ts'
import { payloadWords, type Word } from '../../iptables/words/payload-words.ts'
import type { ToldUnit } from './snapshots.ts'
import { type Line, locateIn, placeIn } from './text/line.ts'
import type { Unit } from './units.ts'

/** Parts of a text as one that iptables reads. */
export interface Composed {
  text: RuleText
  /** Maps an error from reading it to its place in the file. */
  locate(error: HarnessError): HarnessError
}

const unmoved = (error: HarnessError): HarnessError => error

/**
 * Puts the parts of one family together: a payload where all of them are, else commands, one after the other.
 * @throws HarnessError (`input`) with the place in the file.
 */
export function compose(
  units: readonly ToldUnit[],
  family: Family,
  podIPs: readonly string[],
  comments: readonly { line: Line; family?: Family }[] = [],
): Composed | undefined {
  const own = units.filter(({ told }) => told.includes(family))
  if (own.length === 0) return undefined
  if (own.every(({ command }) => command === undefined)) {
    const kept = comments.filter((comment) => comment.family === undefined || comment.family === family)
    return payloadOf(
      own,
      family,
      podIPs,
      kept.map(({ line }) => line),
    )
  }
  return { text: { form: 'commands', family, commands: commandsOf(units, family) }, locate: unmoved }
}

function payloadOf(
  units: readonly Unit[],
  family: Family,
  podIPs: readonly string[],
  comments: readonly Line[],
): Composed {
  const lines: (Line | undefined)[] = []
  let next = 0
  const commentsBefore = (number: number): void => {
    for (; (comments[next]?.number ?? number) < number; next += 1) {
      const comment = comments[next] as Line
      while (lines.length < comment.number - 1) lines.push(undefined)
      if (lines.length === comment.number - 1) lines.push(comment)
    }
  }
  const unknown: { line: number; options: readonly string[] }[] = []
  for (const unit of units)
    for (const line of unit.lines) {
      commentsBefore(line.number)
      while (lines.length < line.number - 1) lines.push(undefined)
      lines.push(line)
      const options = unit.unknown?.get(line)
      if (options !== undefined) unknown.push({ line: lines.length, options })
    }
  commentsBefore(Number.POSITIVE_INFINITY)
  const locate = (error: HarnessError): HarnessError => locateIn(lines, error)
  const first = lines.findIndex((line) => line !== undefined)
  const text = lines.map((line) => line?.text ?? '').join('\n')
  const variables = units.every(({ isLiteral }) => isLiteral) ? undefined : { family, podIPs }
  const read = located(locate, () => readPayload(text, family, variables))
  const unsaid = unknown.map(({ line, options }) => ({ line: line - first, options }))
  const isMoved = lines.some((line, index) => line !== undefined && line.number !== index + 1)
  const inFile = isMoved ? lines.map((line, index) => line?.number ?? index + 1) : undefined
  return { text: { ...read, ...(unsaid.length > 0 && { unknown: unsaid }), ...(inFile && { inFile }) }, locate }
}

function located<T>(locate: (error: HarnessError) => HarnessError, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw locate(thrown as HarnessError)
  }
}

/** @returns those of one family, each with its place among all. */
function commandsOf(units: readonly ToldUnit[], family: Family): RuleCommand[] {
  const chains = new Map<string, Set<string>>()
  let line = 0
  const commands: RuleCommand[] = []
  for (const unit of units) {
    const made = unit.command === undefined ? commandsOfPayload(unit, family, chains) : [unit.command.words]
    for (const words of made) {
      line += 1
      if (!unit.told.includes(family)) continue
      declare(words, unit.table, chains)
      if (unit.command !== undefined) checkWords(unit.command.at, words)
      checkOptions(() => words, family, 'command')
      commands.push({
        argv: words.map(({ text }) => text),
        line,
        places: words.map((word) => [word.line, word.column] as const),
      })
    }
  }
  return commands
}

/** Remembers which chains are there, for a payload that declares one again. */
function declare(words: readonly Word[], table: string, chains: Map<string, Set<string>>): void {
  const at = words.findIndex(({ text }) => text === '-N' || text === '--new-chain')
  const name = words[at + 1]?.text
  if (at < 0 || name === undefined) return
  const known = chains.get(table) ?? new Set()
  chains.set(table, known.add(name))
}

function commandsOfPayload(unit: Unit, family: Family, chains: ReadonlyMap<string, ReadonlySet<string>>): Word[][] {
  const { table } = unit
  const other = family === 'ipv4' ? ['-6', '--ipv6'] : ['-4', '--ipv4']
  return unit.lines.flatMap((line) => {
    const { text } = line
    if (text === '' || /^(?:[*#]|COMMIT)/.test(text)) return []
    const from = /^\[\d+:\d+\]/.exec(text)?.[0].length ?? 0
    const split = text.startsWith(':') ? tokens(text) : payloadWords(text, 1, from)
    const words = split.map((word): Word => ({ text: word.text, ...placeIn(line, word.column) }))
    if (words.some((word) => other.includes(word.text))) return []
    const [at] = words
    if (at === undefined) return []
    const made = text.startsWith(':') ? declaration(words, table, chains.get(table)) : words
    const option = (own: string): Word => ({ ...at, text: own })
    return made.length === 0 ? [] : [[option('-t'), option(table), ...made]]
  })
}

const tokens = (text: string): Word[] =>
  [...text.slice(1).matchAll(/\S+/g)].map((found) => ({ text: found[0], line: 1, column: found.index + 2 }))

/** `:CHAIN POLICY` as a command: a chain that is there already is emptied. */
function declaration([name, policy]: readonly Word[], table: string, known: ReadonlySet<string> | undefined): Word[] {
  if (name === undefined) return []
  const isOwn = isTableName(table) && (builtinChains[table] as readonly string[]).includes(name.text)
  if (isOwn) return policy === undefined || policy.text === '-' ? [] : [{ ...name, text: '-P' }, name, policy]
  return [{ ...name, text: known?.has(name.text) ? '-F' : '-N' }, name]
}
