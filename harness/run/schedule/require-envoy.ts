import { HarnessError, inputError } from '../../core/errors.ts'
import { type Credentials, formatCredentials } from '../../flow/identity.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { EnvoyChoice } from '../checks/options.ts'
import type { Plan } from '../checks/pod-job.ts'

/**
 * The oldest that the suite has passed with; it takes one that writes an access log's entry at once, when a connection
 * comes.
 */
const oldest = [1, 40] as const
/** The first Linux with IP_LOCAL_PORT_RANGE, which tells Envoy's own connections apart. */
const oldestLinux = [6, 3] as const
/** What setpriv(1) exits with if it cannot start a program, and the dynamic linker if it lacks a library. */
const cannotStart = [126, 127]

/**
 * Asks the program for its version in the place and as the user it will run as: it may lack a library there.
 * @throws HarnessError (`input`) if it is no Envoy, or too old a one; (`machine`) if it cannot run there.
 */
export async function requireEnvoy(
  envoy: EnvoyChoice,
  { jobs }: Pick<Plan, 'jobs'>,
  sandboxes: readonly Sandbox[],
): Promise<void> {
  const proxies = new Map(jobs.map(({ proxy }) => [formatCredentials(proxy), proxy]))
  for (const sandbox of sandboxes) {
    const { kernel } = sandbox.info
    if (isOlder(kernel, oldestLinux)) {
      throw new HarnessError('machine', `--envoy needs Linux ${oldestLinux.join('.')}, and this is ${kernel}`)
    }
    for (const credentials of proxies.values()) await requireVersion(envoy, sandbox, credentials)
  }
}

async function requireVersion({ name, path }: EnvoyChoice, sandbox: Sandbox, credentials: Credentials): Promise<void> {
  const { exitCode, output } = await sandbox.version(path, credentials)
  const said = output.trim().split('\n')[0] || `exit code ${exitCode}`
  if (cannotStart.includes(exitCode) || /version `GLIBC\S*' not found/.test(output)) {
    const { kind, image } = sandbox.info
    const where = kind === 'container' ? ` in '${image}'` : ''
    throw new HarnessError(
      'machine',
      `--envoy: ${name} does not run${where} as the proxy, ${formatCredentials(credentials)}: ${said}`,
    )
  }
  const version = /\bversion: [0-9a-f]+\/(\d+\.\d+\.\d+)/.exec(output)?.[1]
  if (exitCode !== 0 || version === undefined) {
    throw inputError('--envoy', `${name} is not Envoy; asked for its version it says: ${said}`)
  }
  if (isOlder(version, oldest))
    throw inputError('--envoy', `${name} is Envoy ${version}`, `take ${oldest.join('.')} or a later one`)
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return ownMajor < major || (ownMajor === major && ownMinor < minor)
}
