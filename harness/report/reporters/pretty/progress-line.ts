import type { Output } from '../../writing/output.ts'

/** The eye does not see faster updates. */
const intervalMs = 50
const eraseLine = '\r\x1b[K'

/** A progress line at the bottom of a terminal; nothing if the output is not a terminal. */
export function progressLine(output: Output): { show(text: string): void; clear(): void } {
  if (output.isTTY !== true) return { show: () => {}, clear: () => {} }
  let shownAt = 0
  let isShown = false
  return {
    show(text) {
      if (Date.now() - shownAt < intervalMs) return
      shownAt = Date.now()
      isShown = true
      output.write(eraseLine + text.slice(0, (output.columns ?? 80) - 1))
    },
    clear() {
      if (isShown) output.write(eraseLine)
      isShown = false
    },
  }
}
