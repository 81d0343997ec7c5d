/** The shortest time between two progress messages to the runner: well below its patience, and cheap. */
const fewestMilliseconds = 1_000

let tell: () => void = () => {}
let toldAt = 0

/** @param teller passes on that the agent gets on with something. */
export function onProgress(teller: () => void): void {
  tell = teller
}

/**
 * Reports progress: an identity's process answered, or a program ended. This distinguishes long work from work that
 * hangs, since each part has a deadline of its own.
 */
export function noteProgress(): void {
  const now = performance.now()
  if (now - toldAt < fewestMilliseconds) return
  toldAt = now
  tell()
}
