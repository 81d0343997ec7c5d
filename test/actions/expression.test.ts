import t from 'tap'
import { evaluate, expand, isMet, type Status } from './expression.ts'

const contexts = {
  inputs: { mesh: 'osm', empty: '' },
  steps: { gate: { outputs: { report: '/r', 'cache-hit': 'true' } } },
  github: { event: { number: 7 } },
}

t.test('expressions', async (t) => {
  for (const [text, value] of [
    ['inputs.mesh', 'osm'],
    ["inputs.mesh == 'OSM'", true],
    ["steps.gate.outputs.report != ''", true],
    ["steps.gate.outputs.cache-hit == 'true' && !inputs.empty", true],
    ["(inputs.empty || 'it''s') == 'it''s'", true],
    ['github.event.pull_request.base.sha', ''],
    ['github.event.number', 7],
    ["always() && steps.gate.outputs.other != ''", false],
  ] as const)
    t.equal(evaluate(text, contexts, 'success'), value, text)
  t.equal(expand('a ${{ inputs.mesh }}-${{ github.event.number }}', contexts, 'success'), 'a osm-7')
  for (const text of ['inputs.mash', 'steps.got.outputs.x', 'matrix.x', 'hashFiles()', 'inputs.mesh osm', "a['b']"])
    t.throws(() => evaluate(text, contexts, 'success'), text)
})

t.test('a condition asks for success unless it says otherwise', async (t) => {
  const met = (text: string | undefined, status: Status) => isMet(text, contexts, status)
  t.ok(met(undefined, 'success'))
  t.notOk(met(undefined, 'failure'))
  t.notOk(met("inputs.mesh == 'osm'", 'failure'))
  t.ok(met("${{ always() && inputs.mesh == 'osm' }}", 'failure'))
  t.ok(met('failure()', 'failure'))
})
