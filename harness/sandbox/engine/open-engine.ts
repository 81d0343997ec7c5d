import type { Engine } from './container-engine.ts'
import { requireNamedEngine } from './container-probe.ts'

/**
 * The container engine, for those that load testcontainers only when they need it.
 * @throws HarnessError (`machine`) if there is none, or not the one that DOCKER_HOST names.
 */
export async function openEngine(): Promise<Engine> {
  await requireNamedEngine()
  return (await import('./container-engine.ts')).reachEngine()
}
