import { HarnessError } from '../core/errors.ts'
import type { Credentials } from '../flow/identity.ts'
import { isMapped } from '../sys/privileges/id-map.ts'

/**
 * The arguments of setpriv(1) with which a program runs as this identity.
 * @throws HarnessError (`machine`) if this user's namespace does not have it.
 */
export function becoming(credentials: Credentials): string[] {
  requireMapped(credentials)
  const { uid, gid, groups } = credentials
  return [
    '--reuid',
    `${uid}`,
    '--regid',
    `${gid}`,
    ...(groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]),
  ]
}

/** @throws HarnessError (`machine`) if this user's namespace does not have an identity. */
export function requireMapped({ uid, gid, groups }: Credentials): void {
  const unmapped = [
    ...(isMapped('uid', uid) ? [] : [`UID ${uid}`]),
    ...[gid, ...groups].filter((id) => !isMapped('gid', id)).map((id) => `GID ${id}`),
  ]
  if (unmapped.length === 0) return
  const hint = 'run as root, or give the user longer ranges in /etc/subuid and /etc/subgid'
  throw new HarnessError('machine', `${unmapped.join(', ')}: outside what this user's namespace maps`, { hint })
}
