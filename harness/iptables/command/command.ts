import type { CommandName } from './command-options.ts'
import type { Placed } from '../syntax/placement.ts'
import type { Rule } from '../syntax/tree.ts'
import type { Word } from '../words/payload-words.ts'

/** Where a line stands: what may be said differs (do_parse in iptables/xshared.c). */
export type Form = 'payload' | 'command'

/** What one line says. */
export interface Command {
  /** Undefined where it does nothing: it is for the other family, or asks for help. */
  name?: CommandName
  /** The option that says so, or the line's first word. */
  at: Word
  chain?: Word
  /** A rule's place in its chain. */
  number?: Word
  /** The second word of -E and -P. */
  second?: Word
  table?: Word
  /** The rules that a line makes: several where it has lists of addresses. */
  rules: Rule[]
  /** What the rule jumps to, where that is no target of iptables' own. */
  jump?: Word
  placed?: Placed
}
