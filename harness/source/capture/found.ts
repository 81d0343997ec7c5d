import type { Family } from '../../core/address.ts'
import type { HarnessError } from '../../core/errors.ts'
import type { Backend } from '../../flow/backend.ts'
import type { Around } from './around/around.ts'
import type { Collected } from './around/collected.ts'
import type { Damage } from './damage.ts'
import type { Sets } from './sets/sets.ts'
import type { BuilderCall } from './shell/programs.ts'
import type { RoutingCommand } from './shell/routing.ts'
import type { Tally } from './tally.ts'
import type { Line } from './text/line.ts'
import type { ScriptStep, Unit } from './units.ts'

/** What there is to say of a text before it is read. */
export interface ReadingOptions {
  tally: Tally
  /** A scenario's own text, which is loaded as it stands. */
  isWritten: boolean
  /** Whose `$POD_IP` is meant, and what it stands for. */
  family: Family
  podIPs: readonly string[]
  /** A `# ` before a command is a root's prompt. */
  isRoots: boolean
}

/** What a text holds. */
export interface Found {
  units: Unit[]
  steps: ScriptStep[]
  routing: RoutingCommand[]
  /** What is shown of the pod around the rules. */
  around: Around
  /** The sets that rules may ask about, with what is in them. */
  sets: Sets
  /** What the text says of itself, if `sidetrack collect` has printed it. */
  collected: Collected
  damages: Damage[]
  notes: string[]
  passedOver: Line[]
  /** Calls of rule builders that are echoed beside what they have made, or alone. */
  calls: BuilderCall[]
  /** What iptables-restore was given in a log that does not hold it. */
  unread: { family: Family; line: number; why: HarnessError }[]
  /** Commands that a `#` stands before. */
  hashed: number
  /** Comments outside of tables, so that a payload's lines are counted as its author does; some speak of one family. */
  comments: { line: Line; family?: Family }[]
}

/** What has been said of the rules that follow. */
export interface Above {
  family?: Family
  backend?: Backend
  table?: string
  /** The line that says so. */
  at: number
  /** iptables-save's head has been there. */
  isHead: boolean
  /** The command whose output follows. */
  isEcho: boolean
}

export const nothingAbove: Above = { at: 0, isHead: false, isEcho: false }
