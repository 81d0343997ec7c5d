import { setTimeout as wait } from 'node:timers/promises'
import { HarnessError } from '../../harness/core/errors.ts'
import { type Engine, reachEngine } from '../../harness/sandbox/engine/container-engine.ts'
import { agentLabel, hasImage } from '../../harness/sandbox/engine/container-image.ts'
import { imageOf } from '../../harness/sandbox/engine/own-images.ts'

/** @returns the engine; why nothing can be tried here if it is not there, or lacks the image of a release. */
export async function engineWith(releases: readonly string[]): Promise<Engine | string> {
  const engine = await reachEngine().catch((error: HarnessError) => error)
  if (engine instanceof HarnessError) return `no container engine: ${engine.line}`
  for (const release of releases) {
    if (!(await hasImage(engine, imageOf(release))))
      return `no image of ${release} on the container engine: npm run images -- ${release}`
  }
  return engine
}

/** @returns the containers, running or not, of one runner: there may be others at the engine. */
export async function containersOf(engine: Engine, runner: number | undefined = process.pid): Promise<string[]> {
  const all = await engine.container.dockerode.listContainers({
    all: true,
    filters: { label: [`${agentLabel}=${runner}`] },
  })
  return all.map(({ Id }) => Id)
}

/** @returns whether it comes true in time; for what no event tells, such as that a killed process has left nothing. */
export async function becomes(isSo: () => Promise<boolean>): Promise<boolean> {
  for (const start = performance.now(); performance.now() - start < 30_000; await wait(50))
    if (await isSo()) return true
  return false
}
