import { HarnessError } from '../core/errors.ts'
import { type Backend, backends } from '../flow/backend.ts'
import type { Credentials } from '../flow/identity.ts'
import { passedOn } from '../sys/processes/passed-on.ts'
import { installCommand, missingTools, requirements } from '../sys/machine/requirements.js'
import { patience } from './patience.ts'
import type { AskedVersion } from './protocol.ts'
import { programName } from './rules/apply.ts'
import { isMissing, runProgram } from './run-program.ts'
import { becoming } from './becoming.ts'

/** What workers are started with; the setpriv of busybox, which Alpine has, is another program of that name. */
const setprivOptions = ['--reuid', '--regid', '--clear-groups', '--groups', '--inh-caps', '--ambient-caps']

/** @returns the version of each backend whose program is there. */
export async function iptablesVersions(): Promise<Partial<Record<Backend, string>>> {
  const said = await Promise.all(
    backends.map(async (backend) => [backend, await ask(programName('ipv4', backend, ''), '--version')] as const),
  )
  return Object.fromEntries(
    said.map(([backend, output]) => [backend, /v([\d.]+)/.exec(output ?? '')?.[1]]).filter(([, version]) => version),
  )
}

/**
 * @returns the command that brings what a backend lacks, where something lacks and the package manager is a known one.
 */
export function iptablesRemedies(): Partial<Record<Backend, string>> {
  const remedies = backends.map((backend) => {
    const missing = missingTools([backend]).filter((requirement) => requirement.for === backend)
    return [backend, missing.length === 0 ? undefined : installCommand(missing)?.join(' ')]
  })
  return Object.fromEntries(remedies.filter(([, command]) => command))
}

/**
 * @throws HarnessError (`machine`) if there is no setpriv(1) of util-linux, without which no process becomes an
 * identity.
 */
export async function requireSetpriv(): Promise<void> {
  const help = await ask('setpriv', '--help')
  if (setprivOptions.every((option) => help?.includes(option))) return
  const command = installCommand(requirements.filter(({ tool }) => tool === 'setpriv'))?.join(' ')
  const other =
    help === undefined ? '' : `, but one that knows no ${setprivOptions.find((option) => !help.includes(option))}`
  const message = `there is no setpriv of util-linux, by which processes become identities${other}`
  throw new HarnessError('machine', message, command === undefined ? {} : { hint: `add it: ${command}` })
}

/** Asks a program for its version, as the user who will run it. */
export function askVersion(program: string, credentials: Credentials): Promise<AskedVersion> {
  const options = { input: '', env: passedOn(), timeout: patience.milliseconds }
  return runProgram('setpriv', [...becoming(credentials), '--', program, '--version'], options)
}

/**
 * @returns what a program says; undefined if it is not there. @throws HarnessError (`machine`) if that cannot be found
 * out.
 */
async function ask(program: string, option: string): Promise<string | undefined> {
  try {
    return (await runProgram(program, [option], { input: '', env: passedOn(), timeout: patience.milliseconds })).output
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
