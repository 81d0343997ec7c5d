import { access, constants, stat } from 'node:fs/promises'
import { release } from 'node:os'
import { HarnessError, inputError } from '../core/errors.ts'
import { programRunner } from '../sys/exec.ts'
import { fromCaller } from './caller.ts'

const versionMilliseconds = 10_000
/** The oldest that the suite has passed with; it takes one that writes an access log's entry at once, when a connection comes. */
const oldest = [1, 40] as const
/** The first Linux with IP_LOCAL_PORT_RANGE, by which Envoy's own connections are told apart. */
const oldestLinux = [6, 3] as const

export interface EnvoyProgram {
  path: string
  version: string
}

/**
 * Looks at the program that is to run in the stub's place before anything else is done.
 * @throws HarnessError (`input`) if it is none, `machine` if this kernel lacks what it takes.
 */
export async function readEnvoy(text: string, sandbox: 'namespaces' | 'container'): Promise<EnvoyProgram> {
  if (sandbox === 'container') throw inputError('--envoy', 'runs in --sandbox namespaces only', 'leave one of the two out')
  const path = fromCaller(text)
  const file = await stat(path).catch(() => undefined)
  if (file === undefined) throw inputError('--envoy', `there is no ${path}`, 'name the Envoy program, such as /usr/local/bin/envoy')
  const isProgram =
    file.isFile() &&
    (await access(path, constants.X_OK).then(
      () => true,
      () => false,
    ))
  if (!isProgram) throw inputError('--envoy', `${path} is not a program`, `chmod +x it, if it is Envoy`)
  const run = await programRunner()
  const { exitCode, stdout, stderr, failure } = await run(path, ['--version'], { timeout: versionMilliseconds })
  const version = /\bversion: [0-9a-f]+\/(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
  if (exitCode !== 0 || version === undefined) {
    const said = failure ?? (`${stderr}${stdout}`.trim().split('\n')[0] || `exit code ${exitCode}`)
    throw inputError('--envoy', `${path} is not Envoy; asked for its version it says: ${said}`)
  }
  if (isOlder(version, oldest)) throw inputError('--envoy', `${path} is Envoy ${version}`, `take ${oldest.join('.')} or a later one`)
  if (isOlder(release(), oldestLinux)) {
    throw new HarnessError('machine', `--envoy needs Linux ${oldestLinux.join('.')}, and this is ${release()}`)
  }
  return { path, version }
}

function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return ownMajor < major || (ownMajor === major && ownMinor < minor)
}
