import { removeContainer } from './remove-container.ts'
import { readJsonLines } from '../../sys/processes/json-lines.ts'

/** A message to the watchdog: the name of a container to remove if the runner dies, or to remove no more. */
export type Guarded = { guard: string } | { release: string }

const names = new Set<string>()

readJsonLines(
  process.stdin,
  (line) => {
    const guarded = line as Guarded
    if ('guard' in guarded) names.add(guarded.guard)
    else names.delete(guarded.release)
  },
  () => void removeAll(),
)

/** The engine is loaded only now: most runners end normally and leave nothing. */
async function removeAll(): Promise<void> {
  if (names.size === 0) return
  const { reachEngine } = await import('./container-engine.ts')
  const engine = await reachEngine()
  await Promise.allSettled([...names].map((name) => removeContainer(engine, name)))
}
