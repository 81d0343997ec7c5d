import t from 'tap'
import { NamespaceSandbox } from '../../harness/sandbox/namespaces.ts'
import { changedSource } from '../faults/faulty-source.ts'
import { use } from '../helpers/use.ts'
import { errorsOf, gateOf, inWords } from './gate-of.ts'

const sandbox = use(t, await NamespaceSandbox.create())

const source = (id: string, change: (text: string) => string) =>
  changedSource(id, '1.31', (text) => (text.includes('127.0.0.1/32') ? change(text) : text), undefined, 'istio')

/** What changes in a pod of these families where the rules for IPv4 are others. */
async function changed(podIPs: readonly ('ipv4' | 'ipv6')[], change: (text: string) => string): Promise<string[]> {
  const result = await gateOf(sandbox, {
    mesh: 'istio',
    baseline: source('before', (text) => text),
    candidate: source('after', change),
    configs: [{ config: {}, podAnnotations: {}, podIPs }],
  })
  t.same(errorsOf(result), [])
  return inWords(result)
}

t.test('of a family that the pod has no address of, flows on loopback are compared alone', async (t) => {
  const spared = (text: string): string =>
    text.replace(/^(?=-A ISTIO_OUTPUT -d)/m, '-A ISTIO_OUTPUT -p tcp --dport 443 -j RETURN\n')
  t.match((await changed(['ipv4', 'ipv6'], spared)).join('\n'), /TCP 203\.0\.113\.10:443: redirected/)
  t.same(await changed(['ipv6'], spared), [], 'it reaches nothing outside')
  const lost = await changed(['ipv6'], () => '')
  t.match(lost.join('\n'), /proxy .*TCP 127\.\d+\.\d+\.\d+:\d+: redirected to inbound/)
  t.notMatch(lost.join('\n'), /peer|203\.0\.113|10\.244/)
})
