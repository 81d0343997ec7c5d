import { release } from 'node:os'
import { families } from '../core/address.ts'
import { exitCodes } from '../core/errors.ts'
import { plural } from '../core/plural.ts'
import { backends } from '../flow/backend.ts'
import { type Finding, inspect } from '../sys/machine/capabilities.js'
import { describeLack, type User } from '../sys/machine/lack.js'
import { tryOut } from '../sys/machine/trial.js'
import { command } from './command/command.ts'
import { print } from './command/output.ts'
import { withoutLinux } from './command/require-machine.ts'

export const doctor = command({
  help: 'tells what this machine can run, what is missing and the command that mends it: it starts a sandbox and loads a rule there',
  options: {},
  async run() {
    const seen = inspect(backends)
    const usable = backends.filter((backend) => !seen.some((finding) => finding.backend === backend))
    const isPossible = seen.every(({ backend, isLimit }) => backend !== undefined || isLimit)
    const findings = [...seen, ...(isPossible ? await tryOut(usable, families) : [])]
    const place = { platform: process.platform, release: release(), node: process.version }
    print(diagnosis(findings, { ...place, isRoot: process.getuid?.() === 0 }))
    return findings.every(({ isLimit }) => isLimit) ? exitCodes.ok : exitCodes.machine
  },
})

/** What runs without Linux: it reads, and sends nothing. */
export const readingCommands = ['collect', 'explain', 'find', 'findings', 'init', 'list', 'merge', 'repro', 'rules']

/** What `doctor` prints. @param place `platform` as Node calls it, `release` of its kernel. */
export function diagnosis(
  findings: readonly Finding[],
  { platform, release, node, ...user }: { platform: string; release: string; node: string } & User,
): string {
  if (withoutLinux(platform) !== undefined)
    return `${[
      `${platform} ${release}, Node ${node}`,
      ...describeLack(findings, user),
      `without Linux these run, and say what the model says: ${readingCommands.join(', ')}`,
    ].join('\n')}\n`
  const isLacking = (name: string) => findings.some(({ backend = name, isLimit }) => backend === name && !isLimit)
  const missing = findings.filter(({ isLimit }) => !isLimit).length
  const lines = [
    `Linux ${release}, Node ${node}, ${user.isRoot ? 'as root' : 'without root'}`,
    ...backends.map((backend) => `iptables-${backend}: ${isLacking(backend) ? 'cannot run' : 'can run'}`),
    ...describeLack(findings, user),
    missing === 0 ? 'nothing is missing' : `${plural(missing, 'thing is', 'things are')} missing`,
  ]
  return `${lines.join('\n')}\n`
}
