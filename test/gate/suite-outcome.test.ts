import t from 'tap'
import type { Observed } from '../../harness/flow/verdict.ts'
import { outcomeOf } from '../../harness/gate/driving/suite.ts'
import type { CheckResult } from '../../harness/run/checks/check.ts'

const rules = [{ connection: 0, table: 'nat', chain: 'OUTPUT', rule: 1, text: '-j RETURN', decides: true }]
const direct: Observed = { verdict: 'direct', answeredBy: 'peer', journey: [] }
const dropped: Observed = { verdict: 'dropped', journey: [] }
const decided = (predicted: CheckResult['predicted'], decidedBy: unknown) =>
  outcomeOf({ observed: direct, predicted, decidedBy } as unknown as CheckResult).decidedBy

t.test('without a trace the rules of the model count where it says what was seen', async (t) => {
  t.same(decided(direct, { predicted: rules }), { predicted: rules })
  t.same(decided(dropped, { predicted: rules }), {}, 'not those of something else')
  t.same(decided({ unknown: 'who knows' }, { predicted: rules }), {})
  t.same(decided(dropped, { observed: rules, predicted: [] }), { observed: rules, predicted: [] }, 'a trace counts')
})
