/** npm passes Ctrl-C on to a process that has already got it from the terminal: one press arrives twice. */
const echoMs = 300
/** After an interrupt, pods under way and the cleanup get this long; then the process ends anyway. */
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
