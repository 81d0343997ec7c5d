import { existsSync } from 'node:fs'
import { inputError } from '../../core/errors.ts'
import { type Approval, Approvals } from '../../gate/approvals/approvals.ts'
import type { NewEntry } from '../../gate/approvals/entries.ts'
import { OutputFile } from '../../report/writing/output-file.ts'
import { plural } from '../../core/plural.ts'
import { printable } from '../../report/writing/printable.ts'
import { readText } from '../../sys/files/read-text.ts'
import { fromCaller } from '../command/caller.ts'
import { printStderr } from '../command/output.ts'

/** @param isNew whether it may not be there yet. @throws HarnessError (`input`) with what is wrong with it. */
export function readApprovals(name: string, isNew: boolean): Approvals {
  const file = fromCaller(name)
  if (!isNew && !existsSync(file))
    throw inputError(name, 'no such file', 'an empty one approves nothing; --approve makes it')
  return new Approvals(name, file, existsSync(file) ? readText(file, name) : '')
}

interface Rewritten {
  added: readonly NewEntry[]
  pruned: readonly Approval[]
  /** What was asked for. */
  approve: boolean
  prune: boolean
  reason: string | undefined
}

/** Writes the file anew, and says on standard error what is other in it. */
export function rewriteApprovals(name: string, approvals: Approvals, rewritten: Rewritten): void {
  const output = new OutputFile(fromCaller(name), `--approvals ${name}`)
  output.write(approvals.rewritten(rewritten))
  output.close()
  printStderr(`${printable(name)}: ${rewrittenText(rewritten)}\n`)
}

/** `2 approvals added, with a reason for you to fill in; none taken out` */
function rewrittenText({ added, pruned, approve, prune, reason }: Rewritten): string {
  const count = ({ length }: readonly unknown[]): string => (length === 0 ? 'none' : plural(length, 'approval'))
  const isOpen = added.length > 0 && reason === undefined
  return [
    ...(approve ? [`${count(added)} added${isOpen ? ', with a reason for you to fill in' : ''}`] : []),
    ...(prune ? [`${count(pruned)} taken out`] : []),
  ].join('; ')
}
