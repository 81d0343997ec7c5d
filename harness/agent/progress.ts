/** The shortest time between two progress messages to the runner: well below its patience, and cheap. */
const fewestMilliseconds = 1_000

let notify: () => void = () => {}
let notifiedAt = 0

/** @param listener is called when the agent has got on with something. */
export function onProgress(listener: () => void): void {
  notify = listener
}

/**
 * Reports progress: an identity's process answered, or a program ended. This distinguishes long work from work that
 * hangs, since each part has a deadline of its own.
 */
export function noteProgress(): void {
  const now = performance.now()
  if (now - notifiedAt < fewestMilliseconds) return
  notifiedAt = now
  notify()
}
