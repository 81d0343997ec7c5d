import type { Output } from '../../writing/output.ts'

/** More often is more than an eye sees. */
const intervalMs = 50
const eraseLine = '\r\x1b[K'

/** One line at the bottom of a terminal that says how far things are; nothing where output is no terminal. */
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
