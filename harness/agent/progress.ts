/** How often the runner is told at most that something moves: far more often than it loses patience, and never worth a thought. */
const fewestMilliseconds = 1_000

let tell: () => void = () => {}
let toldAt = 0

/** @param teller passes on that the agent gets on with something. */
export function onProgress(teller: () => void): void {
  tell = teller
}

/**
 * Something that the agent has started has got on: an answer of an identity's process, the end of a program. A long piece of work is
 * so told from one that hangs, since each of its parts has a deadline of its own.
 */
export function noteProgress(): void {
  const now = performance.now()
  if (now - toldAt < fewestMilliseconds) return
  toldAt = now
  tell()
}
