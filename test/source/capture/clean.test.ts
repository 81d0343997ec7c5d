import t from 'tap'
import { HarnessError } from '../../../harness/core/errors.ts'
import { clean } from '../../../harness/source/capture/clean.ts'

const payload = ['*nat', ':A - [0:0]', '# a note', '', '-A OUTPUT -p tcp -j A', '-A A -j RETURN', 'COMMIT', '']
const text = payload.join('\n')

t.test('a payload as it stands is left as it is', async (t) => {
  t.match(clean(text), { form: 'payload', lines: payload, cleaned: [] })
})

t.test('what copying has put in is taken out, and told', async (t) => {
  const copies: readonly [copy: string, cleaned: string[]][] = [
    [text.replaceAll('\n', '\r\n'), ['7 carriage returns']],
    [text.replaceAll('\n', '\r'), ['carriage returns in place of line ends']],
    [text.replace(/^(?=.)/gm, '    '), ['6 indented lines']],
    [text.replace(':A', '\t:A').replace('COMMIT', '  COMMIT'), ['2 indented lines']],
    [text.replace('COMMIT', 'COMMIT \t'), ['blanks at the end of a line']],
    [text.replace('\n\n', '\n   \n').replace('COMMIT', 'COMMIT '), ['2 lines with blanks at their end']],
    [text.replace('COMMIT', 'COMMIT\u00a0'), ['a blank that is not ASCII', 'blanks at the end of a line']],
    [text.replace('-p tcp', '-p\u00a0\u2003tcp').replace('-p\u00a0\u2003', '-p\u00a0'), ['a blank that is not ASCII']],
    [text.replace('-p tcp', '-\u200bp tc\ufeffp'), ['2 invisible characters']],
    [text.replace('RETURN', '\u001b[1;31mRETURN\u001b[0m'), ['2 colour codes']],
    [text.trimEnd(), ['no line end at the end']],
  ]
  for (const [copy, cleaned] of copies) {
    const { form, lines, cleaned: told } = clean(copy)
    t.same({ form, text: lines.join('\n').trimEnd(), told }, { form: 'payload', text: text.trimEnd(), told: cleaned }, cleaned.join())
  }
})

t.test('what stands in double quotes is the rule itself', async (t) => {
  const line = '-A A -m comment --comment "a\u00a0b\u200d \\" c\u00a0" -j RETURN'
  t.match(clean(`*nat\n${line}\nCOMMIT\n`), { lines: ['*nat', line, 'COMMIT', ''], cleaned: [] })
})

t.test('what no binary would take is left for the reader to refuse', async (t) => {
  for (const line of [
    '* nat extra',
    'COMMIT # done',
    '-A A \u2013j RETURN',
    'Chain OUTPUT (policy ACCEPT)',
    '```',
    '-A A -j RETURN \u0007',
  ])
    t.match(clean(`*nat\n${line}\nCOMMIT\n`), { lines: ['*nat', line, 'COMMIT', ''], cleaned: [] }, line)
})

t.test('what a terminal showed around a save is passed over, line by line', async (t) => {
  const shown = [
    '[root@node ~]# iptables-save -t nat',
    ...payload.slice(0, -1),
    '$ kubectl exec pod-1 -c proxy -- ip6tables-save',
    '=== IPv6 rules ===',
    '/ # ',
  ]
  t.match(clean(`${shown.join('\n')}\n`), {
    form: 'payload',
    lines: ['', ...payload.slice(0, -1), '', '', '', ''],
    cleaned: ['2 echoed commands', 'a heading', 'a prompt'],
  })
})

t.test('commands, scripts and pod descriptions keep their blanks: a shell has its own rules', async (t) => {
  const commands = "  iptables -t nat -A OUTPUT \\\n    -m comment --comment 'a  b' -j ACCEPT  \n"
  t.match(clean(commands), { form: 'other', lines: commands.split('\n'), cleaned: [] })
  const script = 'iptables-restore --noflush <<EOF\n*nat\n  COMMIT\nEOF\n'
  t.match(clean(script), { form: 'other', lines: script.split('\n'), cleaned: [] }, 'what is indented further is so in the script')
  t.match(clean(script.replace(/^(?=.)/gm, '    ')), { form: 'other', lines: script.split('\n'), cleaned: ['4 indented lines'] })
  const description = `Init Containers:\n  a:\n    Args:\n      -c\n      iptables -F\n`
  t.match(clean(description.replaceAll('\n', '\r\n')), { form: 'other', lines: description.split('\n'), cleaned: ['5 carriage returns'] })
})

t.test("a place in what is left is the file's place", async (t) => {
  const file = '*nat\n  -A \u001b[31mOUTPUT\u001b[0m -p\u200b tcp -j NOWHERE\nCOMMIT\n'
  const { lines, columns } = clean(file)
  const [written, left] = [file.split('\n')[1] ?? '', lines[1] ?? '']
  for (const word of ['-A', 'OUTPUT', '-p', 'tcp', '-j', 'NOWHERE'])
    t.equal(columns.inFile(2, left.indexOf(word) + 1), written.indexOf(word) + 1, word)
  t.equal(columns.inFile(1, 3), 3)
  t.equal(columns.inFile(9, 3), 3)
  const error = new HarnessError('input', `line 2, column ${left.indexOf('NOWHERE') + 1}: no such chain`, { hint: 'declare it' })
  t.match(columns.locate(error), {
    fault: 'input',
    message: `line 2, column ${written.indexOf('NOWHERE') + 1}: no such chain`,
    hint: 'declare it',
  })
  t.equal(columns.locate(new HarnessError('input', 'line 2: x')).message, 'line 2: x')
})
