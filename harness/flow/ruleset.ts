import type { Family } from '../core/address.ts'
import type { Backend } from './backend.ts'
import type { IpSet } from './ip-set.ts'
import type { PolicyRouting } from './policy-routing.ts'

/**
 * Rule text as the mesh's init container would apply it: one `iptables-restore --noflush` payload, or a chain of
 * `iptables` commands, one argv each (the program's name left out). No text in here has been through a shell.
 */
export type RuleText = {
  /** The family whose tables it speaks of. */
  family: Family
  /** Which iptables loads it, where that is not its pod's. */
  backend?: Backend
  /** Of rules that are applied more than once: which time this is, from 2. */
  application?: number
  /**
   * The policy routing of its family that belongs to it: what it says stands in place of what its mesh's profile has.
   */
  routing?: Partial<PolicyRouting>
  /**
   * The sets of ipset(8) that it names, before those that name them: they are there before its rules are. Of any other
   * that it names nobody knows the members.
   */
  sets?: readonly IpSet[]
} & (
  | {
      form: 'restore'
      payload: string
      /**
       * The payload as it was written, for the shell of an init container to expand `$POD_IP`; where there is nothing
       * to expand, none.
       */
      unexpanded?: string
      /**
       * Where the payload stands in the text that it came from, for messages: the line of its first one, and by how
       * many characters each of its lines is indented there. Without it, it is that text.
       */
      origin?: { line: number; indents?: readonly number[] }
      /**
       * What the text does not say of the rule in a line of the payload, from 1: what a listing leaves out, such as
       * `-i` and `-o`. It is asked for all the same, and nobody knows the answer; such rules are never loaded.
       */
      unknown?: readonly { line: number; options: readonly string[] }[]
      /**
       * Where several lines stand in one line of a file, as in a message of a log, or are made of one: that line, by
       * the line that `origin` counts, from 1.
       */
      inFile?: readonly number[]
    }
  | { form: 'commands'; commands: readonly RuleCommand[] }
)

/** One command, in its place in the whole chain. */
export interface RuleCommand {
  argv: readonly string[]
  line: number
  /** Line and column of each word in the text that the chain came from, for messages. */
  places?: readonly (readonly [line: number, column: number])[]
}

/**
 * What became of applying a rule text. Lines count from 1: the payload's, or the command's place in the chain; 0 is a
 * line that is not known. `application` says which time it was, from 2, where rules are applied more than once.
 */
export type Applied =
  | { ok: true }
  | { ok: false; line: number; text: string; message: string; leaves: 'nothing' | 'part'; application?: number }

/** ` at line 3`, or nothing where a shell has not told at which one. */
export function atLine({ line }: { line: number }): string {
  return line > 0 ? ` at line ${line}` : ''
}

/** ` at line 3 (-A OUTPUT …)`, or nothing. */
export function atRule(applied: Applied & { ok: false }): string {
  return applied.line > 0 ? `${atLine(applied)} (${applied.text.trim()})` : ''
}
