import type { Family } from '../core/address.ts'

/**
 * Rule text as the mesh's init container would apply it: one `iptables-restore --noflush` payload, or a chain of
 * `iptables` commands, one argv each (the program's name left out). No text in here has been through a shell.
 */
export type RuleText =
  | {
      form: 'restore'
      family: Family
      payload: string
      /** The payload as it was written, for the shell of an init container to expand `$POD_IP`; where there is nothing to expand, none. */
      unexpanded?: string
    }
  | { form: 'commands'; family: Family; commands: readonly { argv: readonly string[]; line: number }[] }

/** What became of applying a rule text. Lines count from 1: the payload's, or the command's place in the chain; 0 is a line that is not known. */
export type Applied = { ok: true } | { ok: false; line: number; text: string; message: string; leaves: 'nothing' | 'part' }

/** ` at line 3`, or nothing where a shell has not told at which one. */
export function atLine({ line }: { line: number }): string {
  return line > 0 ? ` at line ${line}` : ''
}

/** ` at line 3 (-A OUTPUT …)`, or nothing. */
export function atRule(applied: Applied & { ok: false }): string {
  return applied.line > 0 ? `${atLine(applied)} (${applied.text.trim()})` : ''
}
