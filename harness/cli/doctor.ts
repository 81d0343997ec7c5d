import { release } from 'node:os'
import { exitCodes } from '../core/errors.ts'
import { backends } from '../flow/backend.ts'
import { type Capabilities, inspect } from '../sys/capabilities.ts'
import { command } from './command.ts'
import { print } from './output.ts'

export const doctor = command({
  help: 'tells what this machine can run, what is missing and the command that mends it; changes nothing',
  options: {},
  async run() {
    const capabilities = inspect()
    print(diagnosis(capabilities, { kernel: release(), node: process.version }))
    return capabilities.findings.length === 0 ? exitCodes.ok : exitCodes.machine
  },
})

/** What `doctor` prints. */
export function diagnosis(
  { isRoot, backends: usable, findings }: Capabilities,
  { kernel, node }: { kernel: string; node: string },
): string {
  const lines = [
    `Linux ${kernel}, Node ${node}, ${isRoot ? 'as root' : 'without root'}`,
    ...backends.map((backend) => `iptables-${backend}: ${usable.includes(backend) ? 'can run' : 'cannot run'}`),
    ...findings.flatMap(({ what, problem, command }) => [
      `${what} ${problem}`,
      ...(command === undefined ? [] : [`  mend with: ${command}`]),
    ]),
    findings.length === 0 ? 'nothing is missing' : `${findings.length} ${findings.length === 1 ? 'thing is' : 'things are'} missing`,
  ]
  return `${lines.join('\n')}\n`
}
