import t from 'tap'
import { againChange } from '../../harness/gate/driving/again-change.ts'
import type { Asked } from '../../harness/gate/compared/ask.ts'
import type { CheckResult } from '../../harness/run/checks/check.ts'
import { app, osm, scenario } from '../../harness/scenario/dsl.ts'

const flows = [app.tcp('203.0.113.10:80').isRedirected('outbound')]
const twice = scenario('twice', { rules: osm(), apply: { times: 2 }, flows })
const once = scenario('once', { rules: osm(), flows })
const made = { texts: [], key: '' } as unknown as Asked
const backends = { baseline: 'nft', candidate: 'nft' } as const

const result = (of: typeof twice, reason?: string): CheckResult =>
  ({
    check: {
      id: 'osm/a/twice/flow/nft/ipv4',
      scenario: of,
      location: of.location,
      backend: 'nft',
      family: 'ipv4',
      flow: of.flows[0]?.flow,
    },
    ...(reason === undefined ? { status: 'passed' } : { status: 'error', fault: 'rules', reason }),
  }) as unknown as CheckResult

t.test('a builder that fails once rules stand is a change, where the other one does not', async (t) => {
  const change = (before: CheckResult, after: CheckResult, answers = { baseline: made, candidate: made }) =>
    againChange({ baseline: before, candidate: after }, backends, answers)
  t.match(change(result(twice), result(twice, 'it exited with 3')), {
    effect: 'failed',
    rules: 'again',
    before: 'rules',
    after: 'no rules: it exited with 3',
  })
  t.match(change(result(twice, 'it exited with 3'), result(twice)), { effect: 'moved', after: 'rules' })
  t.equal(change(result(twice, 'no'), result(twice, 'no')), undefined)
  t.equal(change(result(once), result(once, 'no')), undefined)
  const told = { baseline: made, candidate: { failed: 'no', fault: 'rules' as const } }
  t.equal(change(result(twice), result(twice, 'no'), told), undefined, 'of the first time its config tells')
})
