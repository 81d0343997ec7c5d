import { HarnessError } from '../core/errors.ts'
import { type Credentials, formatCredentials } from '../flow/identity.ts'

/** @throws HarnessError (`machine`) if a process is not what it should be. */
export function requireSame(wanted: Credentials, actual: Credentials): void {
  const [should, does] = [formatCredentials(wanted), formatCredentials(actual)]
  if (should !== does) throw new HarnessError('machine', `a process that should run as ${should} runs as ${does}`)
}
