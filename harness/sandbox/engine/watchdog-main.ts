import { removeContainer } from './remove-container.ts'
import { readJsonLines } from '../../sys/json-lines.ts'

/** What the watchdog is told: a container's name that it must remove, or need not any more. */
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

/** The engine is asked for only now: most runners end by themselves, and nothing is left. */
async function removeAll(): Promise<void> {
  if (names.size === 0) return
  const { reachEngine } = await import('./container-engine.ts')
  const engine = await reachEngine()
  await Promise.allSettled([...names].map((name) => removeContainer(engine, name)))
}
