import t from 'tap'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { readSourceText } from '../../harness/source/rules/text.ts'
import { openSandbox } from '../sandbox/open.ts'
import { errorsOf, gateOf, inWords } from './gate-of.ts'

const sandbox = await openSandbox(t)

const fixed = (id: string, text: string): RuleSource => ({
  id,
  kind: 'fixed',
  text: async () => text,
  rules: async (request) => (request.family === 'ipv4' ? readSourceText(text, request, id, 'rules') : undefined),
})

/** Queries of the pod's have a zone of their own, in which their answers are looked for, or not. */
function source(id: string, ...raw: string[]): RuleSource {
  const text = [
    ...['*raw', ...raw, 'COMMIT'],
    ...['*nat', '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001', 'COMMIT', ''],
  ].join('\n')
  return fixed(id, text)
}

const query = (zone: number) => `-A OUTPUT -d 10.96.0.10/32 -p udp -m udp --dport 53 -j CT --zone ${zone}`
const answer = (zone: number) => `-A PREROUTING -s 10.96.0.10/32 -p udp -m udp --sport 53 -j CT --zone ${zone}`
const baseline = source('before', query(1), answer(1))
const gated = (...raw: string[]) => gateOf(sandbox, { baseline, candidate: source('after', ...raw) })

for (const [fault, raw] of [
  ['found in no zone', [query(1)]],
  ['found in another zone', [query(1), answer(2)]],
  ['looked for by their destination', [query(1), answer(1).replace('-s', '-d')]],
] as const) {
  t.test(`answers that are ${fault} are lost beside a firewall, which tells`, async (t) => {
    const result = await gated(...raw)
    t.same(errorsOf(result), [])
    t.ok(
      inWords(result).some((line) =>
        /^closed: app \(1000:1000\) → UDP 10\.96\.0\.10:53, .*beside rules that let in answers alone: direct to the peer → direct to the peer, its answer is lost$/.test(
          line,
        ),
      ),
      inWords(result).join('\n'),
    )
    t.ok(result.changes.every(({ id }) => /\/firewall-(?:in|out)-/.test(id)))
    t.match(
      result.coverage.lines(0).join('\n'),
      /connections are tracked otherwise for 1 config: compared beside firewalls/,
    )
  })
}

t.test('a flow that fares otherwise without a firewall, too, is told of where it fares worse beside one', async (t) => {
  const captured = '-A OUTPUT -p tcp -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'
  const text = (raw: readonly string[], nat: string): string =>
    ['*raw', ...raw, 'COMMIT', '*nat', nat, 'COMMIT', ''].join('\n')
  const dial = '-A OUTPUT -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -m owner --uid-owner 1500 -j CT --zone 1'
  const answered = '-A PREROUTING -s 10.96.0.10/32 -p tcp -m tcp --sport 80 -j CT --zone 1'
  const exempt = captured.replace('-p tcp', '-p tcp -m tcp ! --dport 80')
  const result = await gateOf(sandbox, {
    baseline: fixed('before', text([dial.replace('-m owner --uid-owner 1500 ', ''), answered], exempt)),
    candidate: fixed('after', text([dial], captured)),
  })
  t.same(errorsOf(result), [])
  const own = inWords(result).filter((line) => /app \(1000:1000\) → TCP 10\.96\.0\.10:80/.test(line))
  t.match(
    own.join('\n'),
    /^closed: .*beside rules that let in answers alone: direct to the peer → redirected to outbound, then dropped$/m,
  )
  t.match(own.join('\n'), /^moved: [^,]*: direct to the peer → redirected/m)
})

t.test('what the pod answers is looked at as well', async (t) => {
  const asked = '-A PREROUTING -p udp -m udp --dport 5353 -j CT --zone 3'
  const own = '-A OUTPUT -p udp -m udp --sport 5353 -j CT --zone 3'
  const result = await gateOf(sandbox, {
    baseline: source('before', asked, own),
    candidate: source('after', asked, own.replace('--sport', '--dport')),
  })
  t.same(errorsOf(result), [])
  t.ok(
    inWords(result).some((line) => /^closed: remote on eth0's peer → UDP .*:5353, .*let out answers alone/.test(line)),
    inWords(result).join('\n'),
  )
})

t.test('zones of other numbers, and those written in another way, are silent', async (t) => {
  for (const raw of [
    [query(7), answer(7)],
    [answer(1), query(1)],
    [query(1), answer(1).replace('-p udp -m udp', '-p udp -m udp -m comment --comment answers')],
  ]) {
    const result = await gated(...raw)
    t.same([inWords(result), errorsOf(result)], [[], []])
  }
})

t.test('rules that track connections alike are compared once', async (t) => {
  const result = await gateOf(sandbox, {
    baseline,
    candidate: {
      ...baseline,
      id: 'after',
      rules: async (request) => {
        const made = await baseline.rules(request)
        return made?.form === 'restore' ? { ...made, payload: made.payload.replace('15001', '15002') } : made
      },
    },
  })
  t.not(result.changes.length, 0)
  t.equal(result.coverage.beside, 0)
})
