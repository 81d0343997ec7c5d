import { spawnSync } from 'node:child_process'
import type { Sandbox } from '../../../harness/sandbox/sandbox.ts'
import { AlteredSandbox } from '../altered-sandbox.ts'

/** A real Envoy's path; empty if there is none. */
export const realEnvoy =
  process.env['SIDETRACK_ENVOY'] ?? spawnSync('which', ['envoy'], { encoding: 'utf8' }).stdout.trim()

/** Why a test that needs one is skipped, or false. */
export const noEnvoy = realEnvoy === '' ? 'no Envoy here: put envoy on the PATH, or name it in SIDETRACK_ENVOY' : false

/** A sandbox in whose pods a program stands in the stub's place. @param program its path in the sandbox. */
export const withProgram = (sandbox: Sandbox, program: string): Sandbox =>
  new AlteredSandbox(sandbox, { plan: (plan) => ({ ...plan, proxy: { ...plan.proxy, envoy: program } }) })
