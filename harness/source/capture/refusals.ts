import type { Found } from './found.ts'
import type { Line } from './text/line.ts'

/** What iptables says when it refuses a command, or the payload that it reads. */
const byProgram =
  /^(?:<\s+)?(?:[\w./-]*\/)?(ip6?tables(?:-nft|-legacy)?(?:-restore)?)(?:(?: v[\d.]+(?: \(\w+\))?)?:\s+\S| v[\d.]+(?: \(\w+\))?:$)/
/** A command and how it ended, in one line: what programs say that call iptables by Go's coreos/go-iptables. */
const byCaller = /\brunning \[(?:[\w./-]*\/)?ip6?tables\b[^\]]{0,4000}\]: exit status [1-9]/

/**
 * Whether a line tells that iptables has refused something: in a log of commands, the one above has done nothing, and
 * is taken out of what was found.
 */
export function isRefusal(core: Line, found: Pick<Found, 'units' | 'notes' | 'passedOver'>): boolean {
  const [, program] = byProgram.exec(core.text) ?? []
  if (program === undefined && !byCaller.test(core.text)) return false
  found.passedOver.push(core)
  const last = found.units.at(-1)
  if (program === undefined) found.notes.push(`left out: line ${core.number}, which iptables refused where it was run`)
  else if (program.endsWith('-restore'))
    found.notes.push(`warning: ${program} refused rules where they were run (line ${core.number})`)
  else if (last?.command !== undefined && core.number - last.last <= 2 && !/: line \d/.test(core.text)) {
    found.units.pop()
    found.notes.push(`left out: line ${last.first}, which iptables refused where it was run`)
  }
  return true
}
