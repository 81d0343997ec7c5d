import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'
import { readSourceText } from '../../harness/source/rules/text.ts'
import { openSandbox } from '../sandbox/open.ts'
import { errorsOf, gateOf, inWords } from './gate-of.ts'

const sandbox = await openSandbox(t)

const whole = (...rules: string[]): string => ['*nat', ...rules, 'COMMIT', ''].join('\n')
const [proxy, redirect] = [
  '-A OUTPUT -p tcp -m owner --uid-owner 1500 -j RETURN',
  '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
]
const first = whole(proxy, redirect)

/** A builder that answers the second text where it is told that rules stand there already. */
function builder(id: string, text: string, again: string | HarnessError): RuleSource {
  const answerOf = ({ current }: { current?: string }): string => {
    if (current === undefined) return text
    if (typeof again !== 'string') throw again
    return again
  }
  return {
    id,
    kind: 'builder',
    text: async () => text,
    rules: async (request) =>
      request.family === 'ipv4' ? readSourceText(answerOf(request), request, id, 'rules') : undefined,
  }
}

const idempotent = builder('before', first, '')
const gated = (candidate: RuleSource, baseline = idempotent) => gateOf(sandbox, { baseline, candidate })

t.test(
  'a builder that opens a way the second time is caught, although the first time nothing has changed',
  async (t) => {
    const result = await gated(builder('after', first, whole('-I OUTPUT -p tcp --dport 80 -j RETURN')))
    t.same(errorsOf(result), [])
    t.match(
      inWords(result)[0],
      /^opened: app \(1000:1000\) → TCP \S+:80, the rules applied twice: redirected to outbound/,
    )
    t.match(result.changes[0]?.id, /^osm\/witness\/default\/again-app-tcp-/)
    t.equal(result.coverage.same, 1, 'of the first application nothing is left to compare')
    t.match(result.coverage.lines(0), [
      /^1 config: /,
      /^applied a second time: other rules for 1 config, which are compared as well$/,
    ])
  },
)

t.test('rules that stand there twice and behave alike are silent', async (t) => {
  const result = await gated(builder('after', first, first))
  t.same([inWords(result), errorsOf(result)], [[], []])
  t.equal(result.coverage.again.compared, 1)
})

t.test('a builder that leaves alone what stands there is not looked at twice', async (t) => {
  const result = await gated(builder('after', whole(proxy, '-A OUTPUT -p 6 -j REDIRECT --to-ports 15001'), ''))
  t.match(result.coverage.lines(0)[1], /^applied a second time: 1 config as the first time, or the same on both sides$/)
})

t.test('rules that are not loaded a second time, or not made, have changed', async (t) => {
  const chain = whole(':OWN - [0:0]', proxy, redirect)
  const refused = await gated(builder('after', chain, whole('-N OWN')), builder('before', chain, ''))
  t.match(inWords(refused), [/^failed: the rules for the empty config, applied twice: loaded → rejected at line 2 /])
  const failing = await gated(builder('after', first, new HarnessError('rules', 'after: it exited with 3')))
  t.match(inWords(failing), [/applied twice: rules → no rules: it exited with 3 \(asked again, with `current`\)$/])
  t.match(failing.coverage.lines(0)[1], /^applied a second time: one side makes no rules for 1 config$/)
  const never = await gated(builder('after', whole('-A NOWHERE -j DROP'), ''))
  t.notMatch(never.coverage.lines(0).join(), /second time/, 'of what is not loaded once there is no second time')
  const both = [
    builder('before', first, whole('-N A', '-N A')),
    builder('after', first, whole('-N B', '-N B')),
  ] as const
  const alike = await gated(both[1], both[0])
  t.same(inWords(alike), [])
  t.match(
    alike.coverage.lines(0)[1],
    /^applied a second time: refused on both sides for 1 config \(line 3, .* exists: B\)$/,
  )
})

t.test('what changes the first time as well is told once', async (t) => {
  const open = whole(proxy, '-A OUTPUT -p tcp --dport 80 -j RETURN', redirect)
  const once = await gated(builder('after', open, ''))
  const twice = await gated(builder('after', open, open), builder('before', first, first))
  t.equal(twice.coverage.again.compared, 1)
  t.ok(once.changes.length > 0)
  t.same(inWords(twice), inWords(once))
})

t.test('a built-in release that looks first leaves its rules as they are', async (t) => {
  const chain = whole(':OWN - [0:0]', '-N OWN2', proxy, redirect)
  const looking = { ...builder('before', chain, chain), looksFirst: true }
  const looksToo = await gated(builder('after', chain, ''), looking)
  t.same([inWords(looksToo), errorsOf(looksToo)], [[], []])
  const looksAtNothing = await gated(builder('after', chain, chain), looking)
  t.same([inWords(looksAtNothing), errorsOf(looksAtNothing)], [[], []], 'its text is not loaded twice, as that is not')
  const answersWhatIsRefused = builder('after', chain, whole('-N OWN2'))
  const failed = /^failed: the rules for the empty config, applied twice: loaded → rejected at line 2 /
  t.match(
    inWords(await gated(answersWhatIsRefused, looking)),
    [failed],
    'it has answered `current`, and is held to that',
  )
  const mended = await gated(looking, answersWhatIsRefused)
  t.match(inWords(mended), [/: rejected at line 2 .* → loaded$/])
  const opens = await gated(builder('after', chain, whole('-I OUTPUT -p tcp --dport 80 -j RETURN')), looking)
  t.match(inWords(opens)[0], /^opened: app \(1000:1000\) → TCP \S+:80, the rules applied twice: /)
})

t.test('of two programs for a release that looks first, the first answer again is nothing to load', async (t) => {
  const [made, declared] = ['-N OWN', ':OWN - [0:0]'].map((chain) => whole(chain, proxy, redirect)) as [string, string]
  const between = (before: readonly [string, string], after: readonly [string, string]) =>
    gateOf(sandbox, {
      mesh: 'istio',
      baseline: builder('before', ...before),
      candidate: builder('after', ...after),
      configs: [{ config: {}, podAnnotations: {}, podIPs: ['ipv4'] }],
    })
  for (const [before, after] of [
    [made, declared],
    [declared, made],
  ] as const) {
    const result = await between([before, before], [after, after])
    t.same([inWords(result), errorsOf(result)], [[], []])
  }
  const open = declared.replace(proxy, '-I OUTPUT -p tcp --dport 80 -j RETURN')
  t.match(inWords(await between([made, made], [declared, open]))[0], /^opened: .*:80, the rules applied twice: /)
  const another = made.replace(proxy, '')
  t.match(
    inWords(await between([made, made], [made, another])),
    [/applied twice: loaded → rejected at line 2 /],
    'another answer is for what stands there, and is held to that',
  )
})
