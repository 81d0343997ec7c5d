import t from 'tap'
import type { MatchedRule } from '../../../harness/flow/matched-rule.ts'
import type { CheckResult } from '../../../harness/run/checks/check.ts'
import { describeDeciding, describeDecidingLater } from '../../../harness/report/describing/deciding.ts'
import { junit } from '../../../harness/report/reporters/junit.ts'
import { pretty } from '../../../harness/report/reporters/pretty/pretty.ts'
import { tap } from '../../../harness/report/reporters/tap.ts'
import { events, failed, natRule, passed, written } from '../example.ts'

const redirect = natRule(4, '-A OUT -p tcp -j REDIRECT --to-ports 15001')
const spared: MatchedRule = {
  ...redirect,
  connection: 1,
  rule: 2,
  text: '-A OUT -m owner --uid-owner 1500 -j RETURN',
  target: 'RETURN',
}
/**
 * Its first hop is as expected; the proxy's dial goes to the peer and not, as expected, through the inbound listener.
 */
const later: CheckResult = {
  ...failed,
  check: { ...failed.check, expected: { verdict: 'redirected', listener: 'outbound', then: ['inbound', 'app'] } },
  reason: 'the journey should go on inbound → app, but goes on peer',
  parting: { at: 1, expected: (['outbound', 'inbound', 'app'] as const).map((at) => ({ kind: 'station', at })) },
  decidedBy: { observed: [redirect, spared] },
}

t.test('a journey that goes astray only later names the rule of that dial as well', async (t) => {
  t.equal(describeDeciding(later.decidedBy ?? {}), `nat OUT rule 4, from OUTPUT: ${redirect.text}`)
  t.equal(describeDecidingLater(later), `nat OUT rule 2, from OUTPUT, the proxy's dial 1: ${spared.text}`)
  t.equal(describeDecidingLater({ ...later, decidedBy: { observed: [redirect] } }), 'no rule: it matched none')
  for (const reporter of [pretty, junit, tap])
    t.match(written(reporter, events(later)), /\bthen\b.*[\s\S]*the proxy&?(apos;|'|)s dial 1: -A OUT -m owner/)
})

t.test('one that goes astray at once, or not at all, names none', async (t) => {
  t.equal(describeDecidingLater({ ...failed, decidedBy: { observed: [redirect, spared] } }), undefined)
  t.equal(describeDecidingLater({ ...passed, decidedBy: { observed: [] } }), undefined)
})
