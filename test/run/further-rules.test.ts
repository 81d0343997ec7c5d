import t from 'tap'
import type { BuildRequest } from '../../harness/mesh/mesh.ts'
import { planJobs } from '../../harness/run/plan/plan.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { furtherRules, podRules } from '../../harness/run/plan/pod-rules.ts'
import { app, istio, osm, scenario } from '../../harness/scenario/dsl.ts'
import { readSourceText } from '../../harness/source/rules/text.ts'
import { options, source } from './options.ts'

const twice = scenario('twice', { rules: osm(), apply: { times: 2 }, flows: [app.tcp('203.0.113.10:80').isDirect()] })
const first = '*nat\n:OWN - [0:0]\n-A OUTPUT -p 6 -j OWN\nCOMMIT\n'
const saved = [':PREROUTING ACCEPT', ':INPUT ACCEPT', ':OUTPUT ACCEPT', ':POSTROUTING ACCEPT', ':OWN -']
  .map((chain) => `${chain} [0:0]\n`)
  .join('')

t.test('a builder is told what stands in the pod when its rules are applied once more', async (t) => {
  const asked: BuildRequest[] = []
  const builder = source({
    rules: async (request) => {
      asked.push(request)
      return request.current === undefined ? readSourceText(first, request, 'builder', 'rules') : undefined
    },
  })
  const [job] = planJobs(options({ scenarios: [twice], source: builder }).what).jobs
  if (job === undefined) throw new Error('no job')
  const addresses = PodAddresses.of(twice)
  const rules = await podRules(job, addresses)
  t.same(await furtherRules(job, addresses, rules), [[]], 'nothing is added the second time')
  t.same(
    asked.map(({ current }) => current),
    [undefined, `*nat\n${saved}-A OUTPUT -p tcp -j OWN\nCOMMIT\n`],
    'as iptables-save prints it',
  )
  t.same(await furtherRules({ ...job, scenario: { ...twice, applyTimes: 1 } }, addresses, rules), [])
})

t.test('a built-in release that looks first adds nothing; one that does not has its rules applied again', async (t) => {
  const added = async (release: string): Promise<unknown> => {
    const again = scenario('twice', {
      rules: istio({}),
      releases: release,
      apply: { times: 3 },
      flows: [app.tcp('203.0.113.10:80').isRedirected('outbound')],
    })
    const [job] = planJobs(options({ scenarios: [again] }).what).jobs
    if (job === undefined) throw new Error('no job')
    const addresses = PodAddresses.of(again)
    return furtherRules(job, addresses, await podRules(job, addresses))
  }
  t.same(await added('1.31'), [[], []])
  t.same(await added('1.17'), [], 'none of its own: those of the first application')
})
