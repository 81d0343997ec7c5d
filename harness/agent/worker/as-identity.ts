import type { Credentials } from '../../flow/identity.ts'
import { runAs } from '../../sys/privileges/process-ids.ts'
import { requireSame } from '../require-same.ts'

/**
 * Runs a function as whoever is to have the sockets that it opens and accepts. It must be synchronous, and is told to be
 * nobody else meanwhile.
 * @param as nobody where the process is one identity's.
 * @throws HarnessError (`machine`) if the kernel says that it is somebody else.
 */
export function asIdentity<T>(as: Credentials | undefined, use: () => T): T {
  if (as === undefined) return use()
  return runAs(as, (actual) => {
    requireSame(as, actual)
    return use()
  })
}
