import t from 'tap'
import { isTooLong, piecesOf } from '../../../harness/agent/rules/send-buffer.ts'

const rules = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `-A OUTPUT -d 203.0.113.${index} -j RETURN`)

t.test('a payload in pieces has each line once, where it stood', async (t) => {
  const payload = ['# by a builder', '*filter', ':X - [0:0]', 'COMMIT', '*nat', ...rules(120), 'COMMIT', ''].join('\n')
  const lines = payload.split('\n')
  const pieces = piecesOf(payload, 126).map((piece) => piece.split('\n'))
  t.equal(pieces.length, 3)
  for (const piece of pieces) t.equal(piece[4], '*nat')
  for (const [index, line] of lines.entries()) {
    const places = pieces.filter((piece) => piece[index] === line).length
    if (line.startsWith('-A')) t.equal(places, 1, line)
  }
  t.same(
    pieces.flat().filter((line) => line.startsWith(':')),
    [],
    'the table before is loaded already',
  )
  t.equal(piecesOf(payload, 4).length, 4, 'if it was refused, it is not')
})

t.test('what follows a table that was refused is in pieces too', async (t) => {
  t.same(piecesOf('*nat\n-A OUTPUT -j RETURN\nCOMMIT\n*mangle\n-A OUTPUT -j MARK\n COMMIT\n', 3), [
    '*nat\n-A OUTPUT -j RETURN\nCOMMIT\n\n\n\n',
    '\n\n\n*mangle\n-A OUTPUT -j MARK\n COMMIT\n',
  ])
})

t.test("the kernel's refusal is known in the words of each version", async (t) => {
  const said = 'sendmsg() failed: Message too long\niptables-nft-restore: line 1022 failed: Message too long.\n'
  t.ok(isTooLong(said, false), '1.8.9')
  t.ok(isTooLong('iptables-nft-restore: line 1022 failed\n', false), '1.8.7')
  t.notOk(isTooLong(said, true), 'root has no such bound')
  for (const other of [
    'iptables-restore v1.8.9 (nf_tables): Log prefix "failed: Message" too long\nError occurred at line: 2',
    'iptables-nft-restore v1.8.7 (nf_tables): \nline 7: RULE_APPEND failed (Invalid argument): rule in chain OUTPUT\n',
    'iptables-nft-restore: COMMIT expected at line 7\n',
    'iptables-restore: line 2 failed\n',
    'ip6tables-restore: line 2 failed\n',
  ])
    t.notOk(isTooLong(other, false), other)
})
