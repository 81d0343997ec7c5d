import { cleanedWords, Tally } from '../tally.ts'
import { splitLines } from '../text/split.ts'
import { describedPods } from './described.ts'

/** An init container of a text that shows a pod, and how it ended. */
export interface Ended {
  name: string
  exitCode: number
  reason: string
}

/** How the init containers have ended of which the output of `kubectl describe pod` tells. */
export function endedIn(text: string): Ended[] {
  return describedPods(splitLines(text, new Tally(cleanedWords))).flatMap(({ containers }) =>
    containers.flatMap(({ name, ended }) => (ended === undefined ? [] : [{ name, ...ended }])),
  )
}
