import t from 'tap'
import { readReport } from '../../../harness/report/reading/read-report.ts'
import { reporters, reporterNames } from '../../../harness/report/reporters/index.ts'
import type { CheckResult } from '../../../harness/run/checks/check.ts'
import { events, failed, written } from '../example.ts'

const note = 'the listener reads no original destination, so the proxy cannot pass it on'
const [hop] = failed.observed?.journey ?? []
if (hop === undefined) throw new TypeError('the example has a journey')
const { originalDestination: _, ...unread } = hop

/** The listener got it and cannot pass it on, where it should have. */
const unforeseen: CheckResult = {
  ...failed,
  reason: 'expected redirected to outbound, but it was captured by outbound',
  check: { ...failed.check, expected: { verdict: 'redirected', listener: 'outbound' } },
  observed: { verdict: 'captured', listener: 'outbound', journey: [unread], notes: [note] },
}

/** It reads what was dialled, where a scenario says that it cannot. */
const expected: CheckResult = {
  ...failed,
  reason: 'expected captured by outbound, but it was redirected to outbound',
  check: {
    ...failed.check,
    id: `${failed.check.id}-2`,
    expected: { verdict: 'captured', listener: 'outbound', then: ['peer'] },
  },
}

t.test('every reporter says that a listener captured it, and that it reads no original destination', async (t) => {
  for (const name of reporterNames) {
    const text = written(await reporters[name](), events(unforeseen))
    t.match(text, /captured/, name)
    // An annotation has room for the reason alone.
    if (name !== 'github') t.match(text, note, name)
    if (name !== 'json' && name !== 'github')
      t.match(text, /captured by the proxy(&apos;|&#39;|'|’)?s outbound listener, no original destination/, name)
  }
})

t.test('and that one was expected', async (t) => {
  for (const name of reporterNames) {
    const text = written(await reporters[name](), events(expected))
    if (name === 'json')
      t.match(JSON.parse(text).checks[0].expected, {
        verdict: 'captured',
        listener: 'outbound',
        journey: ['outbound', 'peer'],
      })
    else if (name === 'github') t.match(text, 'expected captured by outbound')
    else t.match(text, /captured by the proxy(&apos;|&#39;|'|’)?s outbound listener, then peer/, name)
  }
})

t.test('in the matrix of the page it is not what was redirected to the same listener', async (t) => {
  const text = written(await reporters.html(), events(unforeseen, expected))
  const [, data = ''] = /<script type="application\/json" id="data">(.*)<\/script>/.exec(text) ?? []
  t.match(
    JSON.parse(data).checks.map(({ verdict, short, instead }: Record<string, string>) => ({ verdict, short, instead })),
    [
      { verdict: 'captured', short: 'captured', instead: 'not outbound' },
      { verdict: 'redirected', short: 'outbound', instead: 'not captured' },
    ],
  )
})

t.test('a report is read back as it was written', async (t) => {
  const text = written(await reporters.json(), events(unforeseen, expected))
  const { results } = readReport('a.json', text, (file) => `/checkout/${file}`)
  t.match(results[0]?.observed, unforeseen.observed ?? {})
  t.notOk(results[0]?.observed?.originalDestination)
  t.same(results[1]?.check.expected, expected.check.expected)
})
