import t from 'tap'
import { objectLines } from '../../../harness/source/kubernetes/lines.ts'
import { podsOf } from '../../../harness/source/kubernetes/pod.ts'
import type { PodObject } from '../../../harness/source/kubernetes/pod-object.ts'

const pods = (text: string): PodObject[] => podsOf(objectLines(text, 'pod.txt'), 'pod.txt')

const yaml = `apiVersion: v1
kind: Pod
metadata:
  name: web
  annotations:
    traffic.sidecar.istio.io/excludeOutboundPorts: "3306"
spec:
  initContainers:
    - name: istio-validation
  containers:
    - name: istio-proxy
      securityContext: {runAsUser: 1000690000, runAsGroup: 1000690000}
status:
  podIP: 10.1.2.3
  podIPs: [{ip: 10.1.2.3}, {ip: fd00::3}]
  initContainerStatuses:
    - name: istio-validation
      state: {terminated: {exitCode: 126, reason: Error}}
    - name: waits
      state: {waiting: {reason: CrashLoopBackOff}}
      lastState: {terminated: {exitCode: 1, reason: Error}}
    - name: native-sidecar
      state: {running: {}}
      lastState: {terminated: {exitCode: 137, reason: OOMKilled}}
`
const expected = {
  name: 'web',
  annotations: { 'traffic.sidecar.istio.io/excludeOutboundPorts': '3306' },
  podIPs: ['10.1.2.3', 'fd00::3'],
  ended: [
    { name: 'istio-validation', exitCode: 126, reason: 'Error' },
    { name: 'waits', exitCode: 1, reason: 'Error' },
  ],
  containers: [
    { name: 'istio-validation' },
    { name: 'istio-proxy', runAsUser: 1_000_690_000, runAsGroup: 1_000_690_000 },
  ],
}

t.test('a pod in YAML and JSON, alone, in a list and in a quotation', async (t) => {
  t.match(pods(yaml), [{ ...expected, first: 1, last: 24 }])
  t.match(pods(yaml.replace(/^/gm, '> ')), [expected])
  t.match(pods(`$ kubectl get pod web -o yaml\r\n${yaml.replaceAll('\n', '\r\n')}root@node:~# exit\n`), [expected])
  const item = yaml
    .trimEnd()
    .replace(/^/gm, '  ')
    .replace(/^ {2}apiVersion/, '- apiVersion')
  const list = `apiVersion: v1\nkind: List\nitems:\n${item}\n${item.replace('name: web', 'name: other')}\n`
  t.match(
    pods(list).map(({ name, first, last }) => ({ name, first, last })),
    [
      { name: 'web', first: 4, last: 27 },
      { name: 'other', first: 28 },
    ],
  )
  t.match(pods(JSON.stringify({ kind: 'Pod', metadata: { name: 'web', annotations: { a: 'b' } } }, null, 2)), [
    { name: 'web', annotations: { a: 'b' }, podIPs: [], ended: [] },
  ])
})

t.test("a workload's template is a pod that has not run", async (t) => {
  const template = { metadata: { annotations: { a: 'b' } }, spec: { containers: [] } }
  t.match(pods(JSON.stringify({ kind: 'Deployment', metadata: { name: 'shop' }, spec: { template } })), [
    { name: 'shop', annotations: { a: 'b' }, ended: [] },
  ])
  const cron = { kind: 'CronJob', metadata: { name: 'at-night' }, spec: { jobTemplate: { spec: { template } } } }
  t.match(pods(JSON.stringify(cron)), [{ name: 'at-night', annotations: { a: 'b' } }])
  t.same(pods('kind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.0.0.1}\n'), [])
})

const described = (name: string, exit: string): string => `Name:             ${name}
Namespace:        shop
Annotations:      openservicemesh.io/outbound-port-exclusion-list: 8080, 9090
                  proxy.istio.io/config:
                    proxyMetadata:
                      A: b
                  sidecar.istio.io/status:
                    ${'x'.repeat(137)}...
Status:           Running
IP:               10.1.2.3
IPs:
  IP:           10.1.2.3
  IP:           fd00::3
Init Containers:
  osm-init:
    Image:      openservicemesh/init:v1
${exit}
Containers:
  app:
    Image:      web
`

t.test('what kubectl describe prints, of one pod and of two', async (t) => {
  const ended = '    State:        Terminated\n      Reason:     Error\n      Exit Code:  3'
  const waits = `    State:        Waiting\n      Reason:     CrashLoopBackOff\n${ended.replace('State:     ', 'Last State:')}`
  const both = pods(`${described('first', ended)}\n\n${described('second', waits)}`)
  t.match(both, [
    { name: 'first', first: 1, ended: [{ name: 'osm-init', exitCode: 3, reason: 'Error' }] },
    { name: 'second', ended: [{ name: 'osm-init', exitCode: 3, reason: 'Error' }] },
  ])
  const [{ annotations, podIPs }] = both as [PodObject]
  t.same(podIPs, ['10.1.2.3', 'fd00::3'])
  t.equal(annotations['openservicemesh.io/outbound-port-exclusion-list'], '8080, 9090')
  t.equal(annotations['proxy.istio.io/config'], 'proxyMetadata:\nA: b')
  t.match(pods('Annotations:  <none>\nInit Containers:\n  a:\n    Image: b\n'), [{ annotations: {} }])
})

t.test('what cannot be read says where', async (t) => {
  const cut = `Name: web\nAnnotations:  traffic.sidecar.istio.io/excludeOutboundPorts:\n                ${'1234,'.repeat(27)}...\n`
  const wrong: readonly [text: string, message: RegExp][] = [
    [cut, /^pod\.txt:3: kubectl describe has cut the annotation traffic\.sidecar\S+Ports$/],
    ['kind: Pod\nmetadata: {name: web\n', /^pod\.txt:\d: is neither YAML nor JSON: /],
    ['kind: Pod\nmetadata: {annotations: {a: 80}}\n', /^pod\.txt:1: metadata\.annotations\.a: 80 is no text$/],
    ['kind: Pod\nmetadata: {annotations: [a]}\n', /^pod\.txt:1: metadata\.annotations: a list is no object$/],
    ['kind: Pod\nstatus: {podIP: x}\n', /^pod\.txt:1: status\.podIPs: 'x' is not an IP address$/],
    [`kind: Pod\nmetadata: ${'['.repeat(5000)}`, /^pod\.txt:\d: is (?:neither YAML nor JSON|nested)/],
    [' \n', /^pod\.txt: is empty$/],
  ]
  for (const [text, message] of wrong) t.throws(() => pods(text), { message, fault: 'input' }, text.slice(0, 60))
})
