import { join } from 'node:path'
import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import type { MatchedRule } from '../../harness/flow/matched-rule.ts'
import type { CheckResult } from '../../harness/run/checks/check.ts'
import { run } from '../../harness/run/schedule/run.ts'
import { loadScenarios } from '../helpers/load-scenarios.ts'
import { Heard, options } from '../run/options.ts'
import { openSandbox } from '../sandbox/open.ts'
import { inWords, pathInWords } from './difference.ts'

const sandbox = await openSandbox(t)
const scenarios = await loadScenarios(join(import.meta.dirname, '../../scenarios/osm'))

/** @returns where the model and the kernel part, in words. */
function disagreement({ check, status, observed, predicted, decidedBy, reason }: CheckResult): string[] {
  // An ordinary user's send buffer may be too small for the longest rules: nothing was sent then.
  if (check.flow === undefined || status === 'skipped') return []
  const seen = observed === undefined ? reason : inWords(observed)
  const said =
    predicted === undefined ? 'nothing' : 'unknown' in predicted ? `unknown: ${predicted.unknown}` : inWords(predicted)
  const path = (rules: readonly MatchedRule[] | undefined): string =>
    rules === undefined ? 'nobody knows what' : pathInWords(rules)
  const [matched, foreseen] = [path(decidedBy?.observed), path(decidedBy?.predicted)]
  return said === seen && foreseen === matched && decidedBy?.observed !== undefined
    ? []
    : [`${check.id}: the model says ${said} by ${foreseen}, the kernel ${seen} by ${matched}`]
}

for (const release of ['1.2', '0.11']) {
  t.test(`the model foresees every flow of the suite at osm@${release}, on both backends`, async (t) => {
    const heard = new Heard()
    const mesh = { name: 'osm', release }
    await run(options({ scenarios, mesh, backends, jobs: 8, sandbox }), heard.listen)
    t.same(heard.results.flatMap(disagreement), [])
    const sent = heard.results.filter(({ status }) => status !== 'skipped')
    t.ok(sent.length > 1000, `${sent.length} checks`)
  })
}
