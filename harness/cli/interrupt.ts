/** npm passes a terminal's Ctrl-C on to a process that the terminal has already told: one press arrives twice. */
const echoMs = 300

/**
 * The signal that a run ends on: Ctrl-C, SIGTERM, SIGHUP, or the end of the process that started this one in its place.
 * @param again called when the user asks a second time.
 */
export function interruptible(again: () => void): { signal: AbortSignal; abort: () => void; [Symbol.dispose]: () => void } {
  const controller = new AbortController()
  let first = 0
  const ask = () => {
    if (!controller.signal.aborted) {
      first = Date.now()
      controller.abort()
    } else if (Date.now() - first > echoMs) again()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, ask)
  process.on('disconnect', ask)
  process.channel?.unref()
  return {
    signal: controller.signal,
    abort: () => controller.abort(),
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, ask)
      process.off('disconnect', ask)
    },
  }
}
