import { inputError } from '../../core/errors.ts'
import { place } from './place.ts'

/**
 * How much is read. What is longer is nobody's ruleset: the largest that is known, a node's with 10,000 services, has
 * some 100,000 lines and 10 MB.
 */
export const bounds = {
  /** Bytes of a text. */
  bytes: 16 * 1024 * 1024,
  lines: 200_000,
  /**
   * Bytes of a payload's line: iptables-restore takes what follows for a line of its own (iptables/iptables-restore.c).
   */
  payloadLine: 10_239,
  /** Bytes of a payload's word, and how many of them a line has (add_param and add_argv in iptables/xshared.c). */
  payloadWord: 1023,
  payloadWords: 251,
  /** Bytes of a command's word (MAX_ARG_STRLEN in linux/binfmts.h), and how many a command has. */
  commandWord: 131_071,
  commandWords: 1000,
  commands: 20_000,
  /** Rules that a line with lists of addresses makes. */
  expansion: 10_000,
  /** Rules and chains that a ruleset has at any time. */
  rules: 100_000,
  chains: 20_000,
} as const

/** @throws HarnessError (`input`) if a text is too large to be read at all. */
export function checkSize(text: string): void {
  const bytes = text.length > bounds.bytes ? text.length : Buffer.byteLength(text)
  if (bytes > bounds.bytes) throw inputError(place(1), `the text has ${bytes} bytes; ${bounds.bytes} are read`)
  let [lines, at] = [1, text.indexOf('\n')]
  while (at >= 0) {
    lines += 1
    if (lines > bounds.lines + 1)
      throw inputError(place(lines - 1), `the text has more than ${bounds.lines} lines, which is all that is read`)
    at = text.indexOf('\n', at + 1)
  }
}

/**
 * @param line where it stands, from 1. @throws HarnessError (`input`) if a payload's line is longer than
 * iptables-restore reads.
 */
export function checkPayloadLine(text: string, line: number): void {
  const bytes = text.length * 3 > bounds.payloadLine ? Buffer.byteLength(text) : 0
  if (bytes > bounds.payloadLine)
    throw inputError(place(line), `has ${bytes} bytes; iptables-restore reads at most ${bounds.payloadLine} of a line`)
}
