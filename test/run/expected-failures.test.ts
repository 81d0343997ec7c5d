import t from 'tap'
import { ExpectedFailures } from '../../harness/run/checks/expected-failures.ts'
import { failed, passed } from '../report/example.ts'

const file = (content: string) => new ExpectedFailures('known.yaml', '/there/known.yaml', content)

t.test('a failure that is expected is skipped, with both reasons; a pass stays one and is told', async (t) => {
  const known = file(`# old bugs\n- ids: '**'\n  reason: it has no such option\n`)
  t.match(known.apply(failed), {
    status: 'skipped',
    reason: `it fails, as is expected (it has no such option): ${failed.reason}`,
    expectedFailure: 'it has no such option',
    observed: failed.observed,
  })
  t.equal(known.apply(passed), passed)
  t.same(known.unmet(), [`known.yaml:2: **: 1 of 2 pass unexpectedly: ${passed.check.id}`])
})

t.test('a builder that fails may be expected to; this machine may not', async (t) => {
  const known = file(`- { ids: '**', reason: it refuses them }`)
  const error = (fault: 'rules' | 'machine' | 'sidetrack') => ({ ...failed, status: 'error' as const, fault })
  t.match(known.apply(error('rules')), { status: 'skipped', fault: undefined })
  t.match(known.apply(error('machine')), { status: 'error', fault: 'machine' })
  t.match(known.apply(error('sidetrack')), { status: 'error', fault: 'sidetrack' })
})

t.test('what no entry covers fails, and an entry that covers nothing is told', async (t) => {
  const known = file(`- { ids: 'istio/**', reason: old }`)
  t.equal(known.apply(failed), failed)
  t.same(known.unmet(), ['known.yaml:1: istio/**: no check of this run has such an id'])
})
