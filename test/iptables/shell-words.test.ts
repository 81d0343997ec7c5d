import t from 'tap'
import { shellTokens } from '../../harness/iptables/texts/shell-words.ts'

const variables = { family: 'ipv4', podIPs: ['fd00::5', '10.244.0.5', '10.244.0.6'] } as const
const words = (text: string) => shellTokens(text, variables).map((token) => token.text)

t.test('splits as a shell does', async (t) => {
  const table: [text: string, words: string[]][] = [
    ['a  b\tc', ['a', 'b', 'c']],
    ['\'a b\' "c d"', ['a b', 'c d']],
    ['a\'b\'"c"d', ['abcd']],
    ['\'\' ""', ['', '']],
    ['a\\ b \\\\ \\" \\#', ['a b', '\\', '"', '#']],
    ['"a\\"b \\\\ \\n"', ['a"b \\ \\n']],
    ["'a\\'", ['a\\']],
    ["'$x `y`' \\$z", ['$x `y`', '$z']],
    ['a \\\n b', ['a', 'b']],
    ['a\\\nb "c\\\nd"', ['ab', 'cd']],
    ['"a\nb"', ['a\nb']],
    ['! -d 1.1.1.1/32', ['!', '-d', '1.1.1.1/32']],
    ['a#b # comment', ['a#b']],
    ['', []],
  ]
  for (const [text, expected] of table) t.strictSame(words(text), expected, JSON.stringify(text))
})

t.test('separates commands', async (t) => {
  t.strictSame(words('a&&b;c\nd'), ['a', '&&', 'b', ';', 'c', 'newline', 'd'])
})

t.test("expands the pod's address of the family, and it alone", async (t) => {
  t.strictSame(words('$POD_IP ${POD_IP}:80 "x$POD_IP"'), ['10.244.0.5', '10.244.0.5:80', 'x10.244.0.5'])
  t.throws(() => shellTokens('$POD_IP', { family: 'ipv6', podIPs: ['10.0.0.1'] }), {
    message: 'line 1, column 1: $POD_IP has no value, since no ipv6 address of the pod is given',
  })
})

t.test('knows lines and columns', async (t) => {
  const [, , , b] = shellTokens("a 'x\ny' \\\n # c\n  b", variables)
  t.match(b, { text: 'b', line: 4, column: 3 })
  t.match(shellTokens("'x\ny' z", variables)[1], { text: 'z', line: 2, column: 4 })
})

t.test('refuses what only a shell could do, with the place', async (t) => {
  const table: [text: string, message: RegExp][] = [
    ['a | b', /^line 1, column 3: '\|' is not read/],
    ['a || b', /'\|' is not read/],
    ['a & b', /'&' is not read/],
    ['a\nb > c', /^line 2, column 3: '>' is not read/],
    ['a < b', /'<' is not read/],
    ['(a)', /'\(' is not read/],
    ['a ;; b', /';' is not read/],
    ['a $HOME', /^line 1, column 3: '\$' is not read/],
    ['a ${HOME}', /'\$' is not read/],
    ['a $(id)', /'\$' is not read/],
    ['a "$POD_IPS"', /^line 1, column 4: '\$' is not read/],
    ['${POD_IP:-x}', /'\$' is not read/],
    ['a `id`', /'`' is not read/],
    ["a\n 'b", /^line 2, column 2: a single quote is never closed/],
    ['a "b\nc', /^line 1, column 3: a double quote is never closed/],
    ['a "b\\', /a double quote is never closed/],
    ['a \\', /^line 1, column 3: a backslash with nothing behind it/],
  ]
  for (const [text, message] of table) t.throws(() => words(text), { fault: 'input', message }, JSON.stringify(text))
})

t.test('without variables $POD_IP is refused as well', async (t) => {
  t.throws(() => shellTokens('a $POD_IP'), { message: /'\$' is not read/ })
})
