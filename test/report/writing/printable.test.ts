import t from 'tap'
import { oneLine, printable, printableJson } from '../../../harness/report/writing/printable.ts'

/**
 * ESC, the C1 form of CSI, BEL, a carriage return, DEL; right-to-left override and mark, isolates; zero width, a soft
 * hyphen, a tag, a line separator.
 */
const obeyed = [
  '\u001b',
  '\u009b',
  '\u0007',
  '\r',
  '\u007f',
  '\u202e',
  '\u200f',
  '\u2066',
  '\u2069',
  '\u061c',
  '\u200b',
  '\u00ad',
  '\u{e0041}',
  '\u2028',
]

t.test('what a terminal obeys, or does not show, is written out', async (t) => {
  for (const character of obeyed) {
    const shown = printable(`a${character}b`)
    t.match(shown, /^a\\(x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]+\})b$/, `${character.codePointAt(0)}`)
  }
  t.equal(printable('\u001b[31m \u202e \u{e0041}'), '\\x1b[31m \\u202e \\u{e0041}')
})

t.test('words of every language, newlines and tabs are left', async (t) => {
  const text = 'a\n\tüñ — 日本語 עברית €'
  t.equal(printable(text), text)
  t.equal(oneLine('a\n  b\u001b'), 'a b\\x1b')
})

t.test('JSON means the same afterwards', async (t) => {
  const value = { [obeyed.join('')]: obeyed.map((character) => `<${character}>`), n: 1 }
  const shown = printableJson(JSON.stringify(value, null, 2))
  t.same(JSON.parse(shown), value)
  t.equal(printable(shown), shown)
})

t.test("what GitHub Actions obeys in a job's log is written out, and no more", async (t) => {
  for (const text of ['::error::x', '  ::set-output name=a::b', 'a\n\t::stop-commands::x'])
    t.equal(printable(text), text.replace('::', '\\x3a:'))
  t.equal(printable('a ##[add-mask]b'), 'a #\\x23[add-mask]b')
  const plain = ':PREROUTING ACCEPT\n[2001:db8::1]:80\n::1 2001:db8::1\n  ::/0\n::add:1 # ## [a]'
  t.equal(printable(plain), plain)
  t.same(JSON.parse(printableJson(JSON.stringify(['##[x]']))), ['##[x]'])
  t.notMatch(printableJson(JSON.stringify(['##[x]'])), '##[')
})
