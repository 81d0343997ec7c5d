import { atLeast, numberOf } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, must, not, value } from '../option.ts'

/** Text with hexadecimal bytes between bars, of at most 128 bytes (parse_hex_string in extensions/libxt_string.c). */
function isHexString(written: string): boolean {
  const text = Buffer.from(written, 'utf8').toString('latin1')
  let [at, size, isHex] = [0, 0, false]
  if (text === '') return false
  while (at < text.length) {
    if (size >= 128) return false
    let isLiteral = false
    if (text[at] === '\\') {
      if (isHex) return false
      isLiteral = true
    } else if (text[at] === '|') {
      isHex = !isHex
      while (isHex && text[at + 1] === ' ') at += 1
      if (at + 1 >= text.length) break
      at += 1
    }
    if (isLiteral) {
      if (at + 1 >= text.length) return false
      at += 2
    } else if (isHex) {
      if (at + 2 >= text.length || !/^[0-9a-f]{2}$/i.test(text.slice(at, at + 2))) return false
      at += text[at + 2] === ' ' ? 3 : 2
    } else at += 1
    size += 1
  }
  return true
}

/** `-m string`. */
export const string: MatchExtension = {
  ...kept,
  options: [
    value('--string', kinds.text(1, 128), { ...not, isText: true, without: ['--hex-string'] }),
    value('--hex-string', kinds.kind('a text with hexadecimal bytes between bars', isHexString), {
      ...not,
      isText: true,
      without: ['--string'],
    }),
    value('--algo', kinds.oneOf('bm', 'kmp'), must),
    value('--from', kinds.number(16)),
    value('--to', kinds.number(16)),
    flag('--icase'),
  ],
  check: (match) =>
    atLeast('--string or --hex-string', '--string', '--hex-string')(match) ??
    ((numberOf(match, '--from') ?? 0n) > (numberOf(match, '--to') ?? 65535n)
      ? 'has a --from above its --to'
      : undefined),
}
