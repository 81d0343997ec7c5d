import t from 'tap'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { app, osm, scenario } from '../../harness/scenario/dsl.ts'
import { readSourceText } from '../../harness/source/rules/text.ts'
import { run } from '../../harness/run/schedule/run.ts'
import { use } from '../helpers/use.ts'
import { options, source } from './options.ts'

const sandbox = use(t, await NamespaceSandbox.create())

const cleaned = scenario('cleaned', {
  rules: osm(),
  proxy: 'down',
  cleanUp: 'iptables -t nat -D OUTPUT -p tcp -j OWN\niptables -t nat -F OWN\niptables -t nat -X OWN',
  flows: [app.tcp('203.0.113.10:80').isDirect()],
})

const outcome = async (chain: string): Promise<string[]> => {
  const text = `*nat\n:${chain} - [0:0]\n-A OUTPUT -p tcp -j ${chain}\n-A ${chain} -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n`
  const builder = source({ rules: async (request) => readSourceText(text, request, 'builder', 'rules') })
  const told: string[] = []
  await run(options({ sandbox, scenarios: [cleaned], source: builder }), (event) => {
    if (event.type === 'result') told.push(`${event.result.status} ${event.result.reason ?? ''}`.trim())
  })
  return told
}

t.test('a clean-up that finds no such rules is not held against another builder', async (t) => {
  t.same(await outcome('OWN'), ['passed'])
  t.match(await outcome('OTHER'), [
    /^skipped \S+ names its rules otherwise than the clean-up of the mesh's own builder: line 1.* OWN/,
  ])
})
