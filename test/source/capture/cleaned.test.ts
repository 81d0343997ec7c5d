import t from 'tap'
import { HarnessError } from '../../../harness/core/errors.ts'
import { loadRules } from '../../../harness/iptables/ruleset/load.ts'
import { readCapture } from '../../../harness/source/capture/capture.ts'

const payload = [
  '*nat',
  ':A - [0:0]',
  '# a note',
  '',
  '-A OUTPUT -d 10.0.0.1/32 -p tcp -j A',
  '-A A -j RETURN',
  'COMMIT',
  '',
]
const text = payload.join('\n')

/** What is read of a text, and what is said of how. */
function read(copy: string): { payload: string; notes: readonly string[] } {
  const capture = readCapture(copy)
  const rules = capture.rulesOf('ipv4', [])
  return { payload: rules?.form === 'restore' ? rules.payload : JSON.stringify(rules), notes: capture.notes }
}

t.test('a payload as it stands is left as it is', async (t) => {
  t.same(read(text), { payload: text, notes: [] })
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
  ]
  for (const [copy, cleaned] of copies) {
    t.same(read(copy), { payload: text, notes: [`cleaned: ${cleaned.join(', ')}`] }, cleaned.join())
  }
})

t.test('what stands in double quotes is the rule itself', async (t) => {
  const line = '-A A -m comment --comment "a\u00a0b\u200d \\" c\u00a0" -j RETURN'
  t.equal(read(`*nat\n-N A\n${line}\nCOMMIT\n`).payload, `*nat\n-N A\n${line}\nCOMMIT\n`)
})

t.test('what no binary would take is left for the reader to refuse', async (t) => {
  for (const line of ['-A A -j RETURN \u0007', '-A A -j RETURN why']) {
    const { payload } = read(`*nat\n-N A\n${line}\nCOMMIT\n`)
    t.match(payload, line)
  }
  t.throws(() => read('*nat\n-N A\nCOMMIT # done\n'), { message: /^line 3, column 8: '# done' stands behind COMMIT/ })
})

t.test('what a terminal showed around a save is passed over, line by line', async (t) => {
  const shown = [
    '[root@node ~]# iptables-save -t nat',
    ...payload.slice(0, -1),
    '$ kubectl exec pod-1 -c proxy -- ip6tables-save',
    '=== IPv6 rules ===',
    '/ # ',
  ]
  t.same(read(`${shown.join('\n')}\n`), { payload: text, notes: ['cleaned: 2 echoed commands, a heading, 3 prompts'] })
})

t.test("a place in what is left is the file's place", async (t) => {
  const written = '  -A \u001b[31mOUTPUT\u001b[0m -p\u200b tcp -j NOWHERE'
  const capture = readCapture(`*nat\n${written}\nCOMMIT\n`)
  const rules = capture.rulesOf('ipv4', [])
  const { failed } = loadRules(rules === undefined ? [] : [rules], 'ipv4')
  if (failed === undefined) throw new Error('it was loaded')
  t.match(capture.locate(failed, 'ipv4'), {
    message: new RegExp(`^line 2, column ${written.indexOf('NOWHERE') + 1}: table nat has no chain`),
    hint: failed.hint,
  })
  t.equal(capture.locate(new HarnessError('input', 'line 2: x'), 'ipv4').message, 'line 2: x')
})
