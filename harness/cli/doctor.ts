import { release } from 'node:os'
import { families } from '../core/address.ts'
import { exitCodes } from '../core/errors.ts'
import { backends } from '../flow/backend.ts'
import { type Finding, inspect } from '../sys/capabilities.js'
import { describeLack, type User } from '../sys/lack.js'
import { tryOut } from '../sys/trial.js'
import { command } from './command.ts'
import { print } from './output.ts'

export const doctor = command({
  help: 'tells what this machine can run, what is missing and the command that mends it: it starts a sandbox and loads a rule there',
  options: {},
  async run() {
    const seen = inspect(backends)
    const usable = backends.filter((backend) => !seen.some((finding) => finding.backend === backend))
    const isPossible = seen.every(({ backend, isLimit }) => backend !== undefined || isLimit)
    const findings = [...seen, ...(isPossible ? await tryOut(usable, families) : [])]
    print(diagnosis(findings, { kernel: release(), node: process.version, isRoot: process.getuid?.() === 0 }))
    return findings.every(({ isLimit }) => isLimit) ? exitCodes.ok : exitCodes.machine
  },
})

/** What `doctor` prints. */
export function diagnosis(
  findings: readonly Finding[],
  { kernel, node, ...user }: { kernel: string; node: string } & User,
): string {
  const isLacking = (name: string) => findings.some(({ backend = name, isLimit }) => backend === name && !isLimit)
  const missing = findings.filter(({ isLimit }) => !isLimit).length
  const lines = [
    `Linux ${kernel}, Node ${node}, ${user.isRoot ? 'as root' : 'without root'}`,
    ...backends.map((backend) => `iptables-${backend}: ${isLacking(backend) ? 'cannot run' : 'can run'}`),
    ...describeLack(findings, user),
    missing === 0 ? 'nothing is missing' : `${missing} ${missing === 1 ? 'thing is' : 'things are'} missing`,
  ]
  return `${lines.join('\n')}\n`
}
