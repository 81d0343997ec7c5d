/** npm passes a terminal's Ctrl-C on to a process that the terminal has already told: one press arrives twice. */
const echoMs = 300
/** What is under way when a run is interrupted, and what tidies up behind it, ends in this time, or is left to end with this process. */
const patienceMs = 5_000

/**
 * The signal that a run ends on: Ctrl-C, SIGTERM, SIGHUP, or the end of the process that started this one in its place.
 * @param end called when the user asks a second time, or the run has not ended in time. @param patience milliseconds
 */
export function interruptible(
  end: () => void,
  patience = patienceMs,
): { signal: AbortSignal; abort: () => void; [Symbol.dispose]: () => void } {
  const controller = new AbortController()
  let first = 0
  let deadline: NodeJS.Timeout | undefined
  const abort = () => {
    controller.abort()
    deadline ??= setTimeout(end, patience)
  }
  const ask = () => {
    if (!controller.signal.aborted) {
      first = Date.now()
      abort()
    } else if (Date.now() - first > echoMs) end()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, ask)
  process.on('disconnect', ask)
  process.channel?.unref()
  return {
    signal: controller.signal,
    abort,
    [Symbol.dispose]: () => {
      clearTimeout(deadline)
      for (const signal of signals) process.off(signal, ask)
      process.off('disconnect', ask)
    },
  }
}
