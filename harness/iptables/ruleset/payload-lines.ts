import type { Counters } from '../syntax/tree.ts'
import { payloadWords, type Word, wrongWord } from '../words/payload-words.ts'

/**
 * One line of a payload as iptables-restore tells them apart (ip46tables_restore_main in iptables/iptables-restore.c).
 */
export type PayloadLine = { number: number; text: string } & (
  | { kind: 'nothing' }
  | { kind: 'commit' }
  | { kind: 'table'; name: Word }
  | { kind: 'chain'; at: Word; words: readonly Word[] }
  /**
   * The words are split when they are asked for. @throws HarnessError (`input`) for what iptables-restore does not
   * split.
   */
  | { kind: 'rule'; words: () => readonly Word[]; counters?: Counters }
)

/** Reads lines one after the other. Places count from the payload's own first line. */
export function* payloadLines(payload: string): Generator<PayloadLine> {
  let start = 0
  for (let number = 1; start < payload.length; number += 1) {
    const end = payload.indexOf('\n', start)
    const text = payload.slice(start, end < 0 ? undefined : end)
    yield lineOf(text, number)
    if (end < 0) return
    start = end + 1
  }
}

function lineOf(text: string, number: number): PayloadLine {
  const own = { number, text }
  if (text === '' || text.startsWith('#')) return { ...own, kind: 'nothing' }
  if (text === 'COMMIT') return { ...own, kind: 'commit' }
  const at = { text, line: number, column: 1 }
  if (text.startsWith('*')) return { ...own, kind: 'table', name: tokens(text, number)[0] ?? { ...at, text: '' } }
  if (text.startsWith(':')) return { ...own, kind: 'chain', at, words: tokens(text, number) }
  const [all = '', packets, bytes] = /^\[([^:\]]+):([^\]]*)\]/.exec(text) ?? []
  const counters =
    /^\d+$/.test(packets ?? '') && /^\d+$/.test(bytes ?? '')
      ? { packets: Number(packets), bytes: Number(bytes) }
      : undefined
  return {
    ...own,
    kind: 'rule',
    ...(counters && { counters }),
    words: () => {
      if (text.startsWith('[') && all === '')
        throw wrongWord(at, 'counters are missing their end; write [PACKETS:BYTES]')
      return payloadWords(text, number, all.length)
    },
  }
}

/** What stands between blanks, behind the line's first character (strtok(3)). */
function tokens(text: string, line: number): Word[] {
  return [...text.slice(1).matchAll(/[^ \t\n]+/g)].map((found) => ({ text: found[0], line, column: found.index + 2 }))
}
