import t from 'tap'
import { decodeCapture } from '../../../harness/source/capture/decode.ts'

const text = '*nat\n-A OUTPUT -m comment --comment "ü" -j ACCEPT\nCOMMIT\n'
const utf16be = Buffer.from(`\ufeff${text}`, 'utf16le').swap16()

t.test('UTF-8, and what begins with a byte order mark', async (t) => {
  t.same(decodeCapture(Buffer.from(text), 'x'), { text, cleaned: [] })
  t.same(decodeCapture(Buffer.from(`\ufeff${text}`), 'x'), { text, cleaned: ['a byte order mark'] })
  t.same(decodeCapture(Buffer.from(`\ufeff${text}`, 'utf16le'), 'x'), { text, cleaned: ['UTF-16'] })
  t.same(decodeCapture(utf16be, 'x'), { text, cleaned: ['UTF-16'] })
  t.same(decodeCapture(Buffer.alloc(0), 'x'), { text: '', cleaned: [] })
})

t.test('bytes that are no UTF-8 are left to the reader', async (t) => {
  t.same(decodeCapture(Buffer.from('*nat\n# caf\xe9\n', 'latin1'), 'x').text, '*nat\n# caf\ufffd\n')
})

t.test('what cannot be told is refused', async (t) => {
  const refused: readonly [bytes: Buffer, message: RegExp][] = [
    [Buffer.from(text, 'utf16le'), /^x: is UTF-16 without a byte order mark$/],
    [Buffer.from(text, 'utf16le').swap16(), /^x: is UTF-16 without a byte order mark$/],
    [Buffer.from([0xff, 0xfe, 0x2a]), /^x: begins as UTF-16 does, but is not$/],
  ]
  for (const [bytes, message] of refused) t.throws(() => decodeCapture(bytes, 'x'), { fault: 'input', message })
})
