import { inputError } from '../../core/errors.ts'

/** A file's text, and what stood around it that is no part of it. */
export interface Decoded {
  text: string
  /** What was cleaned, each as a noun. */
  cleaned: string[]
}

/** Byte order marks (Unicode 16, table 2-4). Windows PowerShell's `>` writes UTF-16. */
const marks = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8', cleaned: 'a byte order mark' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le', cleaned: 'UTF-16' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be', cleaned: 'UTF-16' },
] as const

/**
 * Makes text of a captured file's bytes: UTF-8, or UTF-16 where a byte order mark says so.
 * @param name what the file is called in messages.
 * @throws HarnessError (`input`) if it is UTF-16 without a mark, or cannot be decoded as its mark says.
 */
export function decodeCapture(bytes: Uint8Array, name: string): Decoded {
  const mark = marks.find((known) => known.bytes.every((byte, index) => bytes[index] === byte))
  if (mark === undefined && isBareUtf16(bytes))
    throw inputError(
      name,
      'is UTF-16 without a byte order mark',
      'save it as UTF-8, such as with iconv -f UTF-16LE -t UTF-8',
    )
  const decoder = new TextDecoder(mark?.encoding ?? 'utf-8', { fatal: mark?.encoding.startsWith('utf-16') ?? false })
  try {
    return { text: decoder.decode(bytes), cleaned: mark === undefined ? [] : [mark.cleaned] }
  } catch {
    throw inputError(name, 'begins as UTF-16 does, but is not', 'save it as UTF-8')
  }
}

/** Rule text is nearly all ASCII: in UTF-16 every other byte of it is zero. */
function isBareUtf16(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes
  if (bytes.length < 4 || bytes.length % 2 === 1) return false
  return (a !== 0 && b === 0 && c !== 0 && d === 0) || (a === 0 && b !== 0 && c === 0 && d !== 0)
}
