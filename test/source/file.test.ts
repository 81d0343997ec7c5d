import t from 'tap'
import { parseSource } from '../../harness/source/parse.ts'
import { request } from './request.ts'

const payload = '*nat\n:A - [0:0]\n-A OUTPUT -d $POD_IP -j A\nCOMMIT\n'

t.test("the same rules for every config, from a path relative to the caller's directory", async (t) => {
  const directory = t.testdir({ rules: { 'a b.txt': payload } })
  const source = parseSource('file:rules/a b.txt', directory)
  t.match(source, { id: 'file:rules/a b.txt', kind: 'fixed', profile: undefined })
  t.equal(await source.text(request()), payload)
  t.match(await source.rules(request({ anything: 1 })), { form: 'restore', payload: payload.replace('$POD_IP', '10.244.0.5') })
})

t.test("a bare payload is IPv4's", async (t) => {
  const source = parseSource('file:x', t.testdir({ x: payload }))
  t.equal(await source.rules(request({}, { family: 'ipv6' })), undefined)
})

t.test('what cannot be read names the file as it was written, and the place', async (t) => {
  const source = parseSource('file:./x', t.testdir({ x: 'iptables -N A\niptables -N A && && iptables -N B\n' }))
  await t.rejects(source.rules(request()), { fault: 'input', message: /^\.\/x, line 2, column 18: '&&' has no command before it/ })
})
