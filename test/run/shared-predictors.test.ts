import t from 'tap'
import type { Backend } from '../../harness/flow/backend.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { loadPodRules } from '../../harness/run/predict/loaded-rules.ts'
import { SharedPredictors } from '../../harness/run/predict/shared-predictors.ts'
import { podPlan } from '../model/pod.ts'

const flow: ConcreteFlow = {
  credentials: { uid: 1000, gid: 1000, groups: [] },
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  source: { port: 4000 },
  destination: { address: '203.0.113.10', port: 80 },
}
const redirecting: RuleText = {
  form: 'restore',
  family: 'ipv4',
  payload: '*nat\n-A OUTPUT -p tcp -m owner --uid-owner 1000 -j REDIRECT --to-ports 15001\nCOMMIT\n',
}

t.test(
  'the model is asked once where the same rules meet the same flows in pods alike, whatever the backend',
  async (t) => {
    const shared = new SharedPredictors()
    const of = (backend: Backend, text: RuleText, flows = [flow]) => {
      const plan = podPlan(backend, { inner: false, rules: [text], flows })
      return shared.of(plan, { ok: true }, loadPodRules(plan, { ok: true }))
    }
    const predictionOf = of('nft', redirecting)
    t.match(predictionOf(0), { predicted: { verdict: 'redirected' } })
    t.equal(of('legacy', redirecting), predictionOf)

    const silent: RuleText = { form: 'restore', family: 'ipv4', payload: '*nat\nCOMMIT\n' }
    t.match(of('nft', silent)(0), { predicted: { verdict: 'direct' } }, 'other rules')
    t.not(of('nft', redirecting, [{ ...flow, protocol: 'udp' }]), predictionOf, 'other flows')

    const inSecurity: RuleText = {
      form: 'restore',
      family: 'ipv4',
      payload: '*security\n-A INPUT -j MARK --set-mark 1\nCOMMIT\n*nat\n-A INPUT -m mark --mark 1 -j ACCEPT\nCOMMIT\n',
    }
    t.not(of('nft', inSecurity), of('legacy', inSecurity), 'the backends order security and nat otherwise')
  },
)
