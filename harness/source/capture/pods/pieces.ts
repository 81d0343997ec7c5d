import { isPodDescription, scriptOfPodDescription } from '../../../iptables/pod-description.ts'
import type { Line } from '../text/line.ts'

/** A part of a text that is read by itself. */
export interface Piece {
  lines: readonly Line[]
  /** Every line of it is a shell's. */
  isScript: boolean
}

/** @param snapshot which of several pods is read, from 1; by default the last. */
export function piecesOf(lines: readonly Line[], _snapshot: number | undefined): { pieces: Piece[]; notes: string[] } {
  const text = lines.map((line) => line.text).join('\n')
  if (!isPodDescription(text)) return { pieces: [{ lines, isScript: false }], notes: [] }
  const script = scriptOfPodDescription(text).split('\n')
  return {
    pieces: [
      { lines: lines.flatMap((line, index) => (script[index] === undefined ? [] : [{ ...line, text: script[index] }])), isScript: true },
    ],
    notes: [],
  }
}
