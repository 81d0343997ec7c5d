import type { Family } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import { inputError } from '../../core/errors.ts'
import { builtinChains, isTableName } from '../../iptables/syntax/tree.ts'
import { familiesIn, isForBoth } from './evidence.ts'
import type { ShellWord } from './shell/syntax.ts'
import type { Line } from './text/line.ts'
import type { Place } from '../../iptables/words/place.ts'

/** What a text says of one table, in one go. */
export interface Unit {
  table: string
  /** Lines of the file, from 1, both included. */
  first: number
  last: number
  /** A payload's lines, from its `*nat` to its COMMIT; none where it is a command. */
  lines: readonly Line[]
  /** A command's words, without the program's name. */
  command?: { words: readonly ShellWord[]; program: string; at: Place }
  /** The families of its rules, if the text shows them: in the lines above it, or in the rules. */
  told?: readonly Family[]
  /** The first line that tells it. */
  toldAt?: number
  /**
   * It is the whole of a table at one moment, and not a further change of it: iptables-save has written it, which puts
   * a head above each table and an end below, and says the policy of every chain that is the kernel's own; or a listing
   * of all chains.
   */
  isSnapshot: boolean
  /** What the table held before is gone: iptables-restore without --noflush. */
  replaces?: boolean
  /** Nothing in it is expanded: a here-document with a quoted end, or what a builder has made. */
  isLiteral?: boolean
  /** Whose tables they are, where the text says so. */
  backend?: Backend
  /** Where it stands in a script whose commands depend on one another. */
  step?: ScriptStep
  /** iptables has printed it (`-L`, `-S`), and so the kernel's own chains before any other, if it is whole. */
  isPrinted?: true
  /** What a listing has not said of the rules of its lines. */
  unknown?: ReadonlyMap<Line, readonly string[]>
}

/** A command in a list of those that depend on one another by `&&` and `||`. */
export interface ScriptStep extends Place {
  list: number
  before?: '&&' | '||' | ';'
  isNegated: boolean
  /** How a command ends that is none of iptables'. */
  ends?: 'well' | 'badly' | 'unknown'
}

/** The families that the lines of a payload show by themselves. */
export function toldBy(lines: readonly Line[], table: string, isWritten: boolean): Pick<Unit, 'told' | 'toldAt'> {
  const texts = lines.map(({ text }) => text)
  if (isForBoth(texts)) return { told: ['ipv4', 'ipv6'] }
  const [one, other] = [...familiesIn(texts)]
  if (one === undefined) return {}
  const [at, against] = [lines[one[1]]?.number ?? 1, lines[other?.[1] ?? 0]?.number ?? 1]
  if (other !== undefined && !isWritten)
    throw inputError(
      `line ${against}`,
      `is about ${other[0]}, but line ${at} of the same table is about ${one[0]}`,
      `give each family a '*${table}' and a COMMIT of its own`,
    )
  return { told: [one[0]], toldAt: at }
}

/** nat has INPUT since Linux 2.6.36, and some builders' dumps leave it out. */
export function saysEveryPolicy(table: string, lines: readonly Line[]): boolean {
  if (!isTableName(table)) return false
  const said = new Set(lines.flatMap(({ text }) => /^(?::|-P\s+)(\S+)\s+(?:ACCEPT|DROP)\b/.exec(text)?.[1] ?? []))
  return builtinChains[table].every((chain) => said.has(chain) || (table === 'nat' && chain === 'INPUT'))
}
