import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import t from 'tap'
import { reproSchema } from '../../harness/repro/formats/repro-schema.ts'
import { sidetrack } from './command-line.ts'
import { resident } from './resident.ts'

const capture = [
  'kubectl exec my-pod -- iptables-save',
  '*nat',
  ':ISTIO_OUTPUT - [0:0]',
  ':ISTIO_INBOUND - [0:0]',
  '-A PREROUTING -p tcp -j ISTIO_INBOUND',
  '-A OUTPUT -p tcp -j ISTIO_OUTPUT',
  '-A ISTIO_INBOUND -p tcp -j REDIRECT --to-ports 15006',
  '-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN',
  '-A ISTIO_OUTPUT -m owner --gid-owner 0 -j RETURN',
  '-A ISTIO_OUTPUT -p tcp -j REDIRECT --to-ports 15001',
  'COMMIT',
  '',
].join('\n')

const listing = [
  'Chain OUTPUT (policy ACCEPT)',
  'target     prot opt source               destination',
  'ISTIO_OUTPUT  tcp  --  anywhere             anywhere',
  '',
  'Chain ISTIO_OUTPUT (1 references)',
  'target     prot opt source               destination',
  'RETURN     all  --  anywhere             anywhere             owner UID match 1337',
  'REDIRECT   tcp  --  anywhere             anywhere             redir ports 15001',
  '',
].join('\n')

t.test('a capture is driven, and told in every format', async (t) => {
  const folder = t.testdir({ 'capture.txt': capture })
  const files = ['json', 'sarif', 'html'].flatMap((name) => ['--reporter', `${name}=report.${name}`])
  const { status, stdout, stderr } = sidetrack(
    ['repro', 'capture.txt', '--fail-on', 'warning', ...files, '--reporter', 'github', '--reporter', 'pretty'],
    { from: folder },
  )
  t.same([status, stderr], [1, ''])
  t.match(stdout, /^::warning file=capture\.txt,line=9,title=gid-bypasses-proxy::/m)
  t.match(stdout, /\nproxy: Istio, from ISTIO_\* chains, /)
  t.match(
    stdout,
    /\nDriven: \d+ flows through a pod with iptables-nft \S+, of \d+ kinds; model and kernel agree on all of them\.\n/,
  )
  t.match(
    stdout,
    /\nTCP out +UID any but 1337, GID any but 0 +\S.* proxy's outbound \(15001\) +line 10, nat: -A ISTIO_OUTPUT /,
  )
  t.match(
    stdout,
    /\nwarning gid-bypasses-proxy: an application of GID 0 is not captured\n {8}line 9, nat: .*\n {8}seen: 1000:0 → .* direct/,
  )
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
  const json = v.parse(reproSchema, JSON.parse(read('report.json')))
  t.same([json.disagreements, json.complete, json.notDriven], [[], true, undefined])
  t.ok(json.driven >= json.classes)
  t.ok(json.behaviour.every(({ driven }) => driven))
  const found = json.findings.find(({ code }) => code === 'gid-bypasses-proxy')
  t.match(found, {
    severity: 'warning',
    seen: true,
    flow: { uid: 1000, gid: 0 },
    rules: [{ line: 9, chain: 'ISTIO_OUTPUT' }],
  })
  const [sarif] = JSON.parse(read('report.sarif')).runs
  t.match(sarif.tool.driver, { name: 'Sidetrack' })
  const result = sarif.results.find(({ ruleId }: { ruleId: string }) => ruleId === 'gid-bypasses-proxy')
  t.match(result, {
    level: 'warning',
    partialFingerprints: { primaryLocationLineHash: /^[0-9a-f]{16}$/, 'sidetrackFinding/v1': found?.fingerprint },
  })
  t.match(result.locations[0].physicalLocation, { artifactLocation: { uri: 'capture.txt' }, region: { startLine: 9 } })
  t.equal(sarif.tool.driver.rules[result.ruleIndex].id, 'gid-bypasses-proxy')
  t.match(read('report.html'), /^<!doctype html>[\s\S]*gid-bypasses-proxy[\s\S]*<\/html>\n$/)
})

t.test('rules that redirect datagrams alone have a proxy that takes nothing else', async (t) => {
  const own = '-A OUTPUT -p udp -m udp --dport 5300 -m owner ! --uid-owner 77 -j REDIRECT --to-ports 9000'
  const folder = t.testdir({ 'udp.txt': ['*nat', own, 'COMMIT', ''].join('\n') })
  const { status, stdout, stderr } = resident(['repro', join(folder, 'udp.txt')])
  t.same([status, stderr], [0, ''])
  t.match(stdout, /model and kernel agree on all of them\./)
  t.match(stdout, /\nUDP out +UID any but 77 +port 5300 +proxy's outbound \(9000\) /)
  t.match(stdout, /\nTCP out +anyone +anywhere +direct /)
})

t.test('a listing is not driven, and what the model says is told for that', async (t) => {
  const folder = t.testdir({ 'listing.txt': listing })
  const { status, stdout, stderr } = resident(['repro', join(folder, 'listing.txt'), '--mesh', 'istio'])
  t.same([status, stderr], [1, ''], 'nothing that comes in is captured')
  t.match(
    stdout,
    /^Nothing was seen in a kernel, so this is what the model says: a listing does not say all of the rule at line 3: .*--complete/,
  )
  t.match(stdout, /\nerror {3}inbound-not-captured: [\s\S]*predicted: a peer at eth0 → /)
})

t.test('--static sends nothing, says so first, and tells the table and the findings as predicted', async (t) => {
  const folder = t.testdir()
  const files = ['json=r.json', 'sarif=r.sarif', 'github=r.txt'].map((name) => name.replace('=', `=${folder}/`))
  const reporters = ['pretty', ...files].flatMap((each) => ['--reporter', each])
  const { status, stdout, stderr } = resident(['repro', 'istio@1.31', '--static', ...reporters])
  t.same([status, stderr], [0, ''])
  t.match(
    stdout,
    /^Nothing was seen in a kernel, so this is what the model says: nothing was sent \(--static\), nor was it tried whether iptables takes the rules\nproxy: Istio 1\.31 /,
  )
  t.match(stdout, /\nTCP out, IPv4 .* proxy's outbound \(15001\) /, 'the table is there')
  t.notMatch(stdout, /seen:|Driven/)
  t.match(stdout, /\nnote {4}gid-bypasses-proxy: .* \(predicted\)\n/, 'a note has no line of its own for that')
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const json = v.parse(reproSchema, JSON.parse(read('r.json')))
  t.match(json, { driven: 0, notDriven: /--static/ })
  t.ok(json.behaviour.every(({ driven }) => !driven))
  t.ok(json.findings.every(({ seen }) => seen !== true))
  t.match(read('r.sarif'), /\(predicted\)/)
  t.match(read('r.txt'), /\(predicted\)/)
})

t.test('--static tells a rule that this iptables is known to refuse, and not what would follow it', async (t) => {
  const rules = '-A OUTPUT -p tcp ! -s 0.0.0.0/0 -j ACCEPT\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\n'
  const said = (backend: string): string =>
    resident(['repro', '-', '--static', '--mesh', 'istio', '--iptables', backend], {
      input: `*nat\n${rules}COMMIT\n`,
    }).stdout
  const refusal = 'line 2 (! -s 0.0.0.0/0 -p tcp -j ACCEPT): iptables-nft refuses a rule that excludes all addresses'
  t.match(said('nft'), `takes the rules; ${refusal}\n`)
  t.match(said('nft'), /\nTCP out .* not known: /)
  t.notMatch(said('legacy'), /refuses|not known/)
})

const described = `Init Containers:
  osm-init:
    Command:
      /bin/sh
    Args:
      -c
      iptables -t nat -N PROXY_OUTPUT && iptables -t nat -A OUTPUT -p tcp -j PROXY_OUTPUT && iptables -t nat -A PROXY_OUTPUT -m owner --uid-owner 1500 -j RETURN && iptables -t nat -A PROXY_OUTPUT -d 192.0.2.0/24 -j RETURN && iptables -t nat -A PROXY_OUTPUT -p tcp -j REDIRECT --to-port 15001
    State:          Terminated
      Reason:       Error
      Exit Code:    4
Containers:
`

t.test('rules are held to the config that they were made from', async (t) => {
  const folder = t.testdir({
    'pod.txt': described,
    'config.json': JSON.stringify({ config: { outboundPortExclusionList: [6379] } }),
  })
  const { status, stdout } = resident(['repro', 'pod.txt', '--config', 'config.json'], { from: folder })
  t.equal(status, 1)
  t.match(stdout, /\nerror {3}init-container-failed: init container osm-init ended with exit code 4, Error\n/)
  t.match(stdout, /\nerror {3}exclusion-does-not-act: the config excludes outbound TCP port 6379, and it is captured\n/)
  t.match(stdout, /\nerror {3}exclusion-not-configured: 192\.0\.2\.0\/24 is excluded, and the config does not say so\n/)
})

t.test("a pod's YAML alone tells of an init container that failed", async (t) => {
  const yaml = (exitCode: number): string => `kind: Pod
spec:
  initContainers:
    - name: mesh-init
      command: ["sh", "-c", "iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-port 15001"]
status:
  initContainerStatuses:
    - name: mesh-init
      state: {terminated: {exitCode: ${exitCode}, reason: Ended}}
`
  const found = (exitCode: number): boolean =>
    resident(['repro', '-', '--static', '--mesh', 'istio'], { input: yaml(exitCode) }).stdout.includes(
      'init-container-failed: init container mesh-init ended with exit code 3, Ended',
    )
  t.same([found(3), found(0)], [true, false])
})

const annotated = `Name:         web-1
Annotations:  openservicemesh.io/outbound-port-exclusion-list: 8080
${described.replace('-p tcp -j REDIRECT --to-port 15001', '-p tcp --dport 9090 -j RETURN && iptables -t nat -A PROXY_OUTPUT -p tcp -j REDIRECT --to-port 15001')}`
const other = annotated.replace('web-1', 'web-2').replace(': 8080', ': 7070').replace('Code:    4', 'Code:    0')
const meshConfig = `apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config}
spec:
  traffic:
    outboundPortExclusionList: [9090]
    networkInterfaceExclusionList: []
`

t.test('the config is what the cluster says', async (t) => {
  const folder = t.testdir({ 'pods.txt': `${annotated}\n\n${other}`, 'mesh.yaml': meshConfig })
  const codes = (stdout: string): string[] =>
    [...stdout.matchAll(/^error +(exclusion\S+|init\S+): (.*)$/gm)].map(([, code, what]) => `${code}: ${what}`)
  const call = ['repro', '--pod', 'pods.txt', '--mesh', 'osm@0.11', '--snapshot']
  const { status, stdout, stderr } = resident([...call, '1', '--meshconfig', 'mesh.yaml'], { from: folder })
  t.same([status, stderr], [1, ''])
  t.match(stdout, /\nconfig: with the annotation of pod web-1\n/)
  t.same(codes(stdout).toSorted(), [
    'exclusion-does-not-act: the config excludes outbound TCP port 8080, and it is captured',
    'exclusion-not-configured: 192.0.2.0/24 is excluded, and the config does not say so',
    'init-container-failed: init container osm-init ended with exit code 4, Error',
  ])
  const alone = resident([...call, '2'], { from: folder })
  t.match(alone.stdout, /\nassumed: nothing of the mesh's config: .*--meshconfig\n/)
  t.same(
    codes(alone.stdout),
    ['exclusion-does-not-act: the config excludes outbound TCP port 7070, and it is captured'],
    'what the mesh may exclude is not held against the rules, nor what another pod is like',
  )
})

t.test('calls that make no sense', async (t) => {
  const wrong: readonly [args: string[], message: RegExp][] = [
    [[], /repro: names no file; write repro FILE/],
    [['nowhere.txt'], /nowhere\.txt: no such file/],
    [['osm', '--fail-on', 'fatal'], /--fail-on: 'fatal' is none of note, warning, error/],
    [['osm', '--reporter', 'tap'], /--reporter: 'tap' is none of pretty, json, sarif, html, github/],
    [['osm', '--reporter', 'json', '--reporter', 'sarif'], /json and sarif both write to standard output/],
  ]
  for (const [args, message] of wrong)
    t.match(resident(['repro', ...args]), { status: 2, stderr: message }, args.join(' '))
  const from = t.testdir({
    'pods.txt': `${annotated}\n\n${other}`,
    'mesh.yaml': meshConfig,
    'wrong.yaml': meshConfig.replace('[9090]', '[90909]'),
    'unknown.yaml': meshConfig.replace('outboundPortExclusionList', 'outboundPortExclusions'),
    'service.yaml': 'kind: Service\nmetadata: {name: web}\n',
    'rules.txt': capture,
    'config.json': '{"config":{"outboundPortExclusionList":[1]}}',
  })
  const inFolder: readonly [args: string[], message: RegExp][] = [
    [['rules.txt', '--pod', 'pods.txt'], /pods\.txt: shows 2 pods: web-1, web-2; keep the one whose rules they are/],
    [['rules.txt', '--pod', 'service.yaml'], /service\.yaml: shows no pod; give what kubectl get pod/],
    [
      ['rules.txt', '--meshconfig', 'service.yaml'],
      /service\.yaml: holds no config of a mesh, but Service; give OSM's/,
    ],
    [['rules.txt', '--meshconfig', 'mesh.yaml'], /--meshconfig: is OSM's, and these rules are Istio's/],
    [['pods.txt', '--meshconfig', 'wrong.yaml'], /wrong\.yaml: outboundPortExclusionList: 90909/],
    [
      ['pods.txt', '--meshconfig', 'unknown.yaml'],
      /unknown\.yaml: outboundPortExclusions: OSM's MeshConfig has no such/,
    ],
    [['pods.txt', '--meshconfig', 'mesh.yaml', '--config', 'config.json'], /--meshconfig: --config says the mesh's/],
    [['rules.txt', '--meshconfig', '-', '--pod', '-'], /--meshconfig: standard input holds --pod already/],
  ]
  for (const [args, message] of inFolder)
    t.match(resident(['repro', ...args], { from }), { status: 2, stderr: message }, args.join(' '))
})

t.test('what can be found is documented', async (t) => {
  const { stdout } = resident(['findings'])
  t.match(stdout, /\nproxy-loops +error +What the proxy dials comes back to it\n/)
  t.match(resident(['findings', 'proxy-loops']).stdout, /^proxy-loops \(error\): [\s\S]*\n\nWhat to do: /)
  t.match(resident(['findings', 'proxy-loop']), {
    status: 2,
    stderr: /proxy-loop: is no finding; did you mean proxy-loops\?/,
  })
  t.ok(JSON.parse(resident(['findings', '--json']).stdout).length > 20)
})
