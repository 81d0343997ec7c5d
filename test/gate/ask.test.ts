import t from 'tap'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { askSide } from '../../harness/gate/compared/ask.ts'
import { istioProfile } from '../../harness/mesh/istio/profile.ts'
import type { RuleSource } from '../../harness/source/rules/source.ts'

const text: RuleText = {
  form: 'restore',
  family: 'ipv4',
  payload: '*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n',
}
const file: RuleSource = {
  id: 'file:rules.txt',
  kind: 'fixed',
  rules: ({ family }) => Promise.resolve(family === 'ipv4' ? text : undefined),
  text: () => Promise.resolve(''),
}
const side = { source: file, profile: istioProfile.bind(undefined, '1.31') }

t.test("a config that the mesh refuses is compared beside the mesh's proxy without a config", async (t) => {
  const refused = { excludeIPRanges: '192.0.2.0/24, 203.0.113.0/24' }
  t.throws(() => side.profile({ config: refused, podAnnotations: {}, podIPs: [] }), /is not a range/)
  const [asked, plain] = await Promise.all(
    [refused, {}].map((config) => askSide(side, { name: '', config, podAnnotations: {} })),
  )
  t.match(asked, { texts: [text], profile: { proxy: { uid: 1337 } } })
  t.same(asked, plain)
})
