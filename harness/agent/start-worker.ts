import { type ChildProcess, spawn } from 'node:child_process'
import { once } from '../core/lazy.ts'
import type { Credentials } from '../flow/identity.ts'
import { passedOn } from '../sys/processes/passed-on.ts'
import type { Capability } from '../sys/privileges/privileges.ts'
import { becoming } from './becoming.ts'
import { bringWorkerProgram } from './worker-program.ts'

/** What identities' processes run, brought into the sandbox once. */
export const workerProgram = once(bringWorkerProgram)

/**
 * What an identity's process may do beside being that identity: enter pods; open transparent, marked and raw sockets;
 * become everybody else. xt_owner looks at none.
 */
const capabilities = {
  plain: ['sys_admin'],
  transparent: ['sys_admin', 'net_admin', 'net_raw'],
  everybody: ['sys_admin', 'setuid', 'setgid'],
} as const satisfies Record<string, Capability[]>

export type Power = keyof typeof capabilities

/**
 * Starts the process of an identity. @throws HarnessError (`machine`) if this user's namespace does not have it.
 */
export function startWorker(credentials: Credentials, power: Power): ChildProcess {
  const kept = capabilities[power]
  const given = kept.map((name) => `+${name}`).join(',')
  const capable = ['--inh-caps', given, '--ambient-caps', given]
  const { words, env } = workerProgram()
  return spawn('setpriv', [...becoming(credentials), ...capable, ...words, ...kept], {
    stdio: 'pipe',
    env: { ...passedOn(), ...env },
  })
}
