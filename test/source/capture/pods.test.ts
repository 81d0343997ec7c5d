import t from 'tap'
import { readCapture } from '../../../harness/source/capture/capture.ts'
import { notesOf, readAs } from './read-as.ts'

const command = (port: number): string => `iptables -t nat -A OUTPUT -p tcp -j REDIRECT --to-ports ${port}`
const rule = (port: number): string => `ipv4 nat OUTPUT: -p tcp -j REDIRECT --to-ports ${port}`
const described = (name: string, ...containers: readonly string[]): string =>
  `Name: ${name}\nInit Containers:\n${containers.join('')}Containers:\n  app:\n    Image: web\n    Args:\n      serve\n`
const container = (name: string, fields: Readonly<Record<string, readonly string[]>>, image = 'mesh/init:1'): string =>
  `  ${name}:\n    Image:  ${image}\n${Object.entries(fields)
    .map(([field, lines]) => `    ${field}:\n${lines.map((line) => `      ${line}\n`).join('')}`)
    .join('')}    State:  Terminated\n      Exit Code:  0\n`

t.test(
  'kubectl describe: a script in Args or Command, options one a line, variables, several containers',
  async (t) => {
    const containers: readonly string[] = [
      container('a', { Command: ['/bin/sh'], Args: ['-c', command(1)] }),
      container('a', { Command: ['/bin/sh', '-ec', command(1)] }),
      container('a', { Args: ['-c', command(1)] }),
      container('a', { Args: [command(1)] }),
      container('a', { Command: ['iptables'], Args: command(1).split(' ').slice(1) }),
      container('a', { Command: ['sh', '-c'], Args: ['P=1', command(1).replace('1', '$P')] }).replace('$P', '$P'),
      container('a', {
        Command: ['sh', '-c'],
        Args: [command(1).replace(/1$/, '${PORT}')],
        Environment: ['PORT:  1', 'POD_IP:   (v1:status.podIP)'],
      }),
      container('wait', { Command: ['sleep', '1'] }) + container('a', { Args: ['-c', command(1)] }),
      container('a', {
        Args: [
          '-c',
          'iptables-restore --noflush <<EOF',
          '*nat',
          command(1).slice('iptables -t nat '.length),
          'COMMIT',
          'EOF',
          '',
        ],
      }),
    ]
    for (const text of containers) t.same(readAs(described('web', text)), [rule(1)], text)
    const both = described(
      'web',
      container('a', { Args: ['-c', command(1)] }),
      container('b', { Args: ['-c', command(2)] }),
    )
    t.same(readAs(both), [rule(1), rule(2)], 'in the order in which they run')
    const wrong = described('web', container('a', { Args: ['-c', command(1).replace('--to-ports', '--to-portz')] }))
    t.throws(() => readCapture(wrong).rulesOf('ipv4', []), { message: /^line 7, column 52: no option --to-portz/ })
    t.throws(() => readCapture(described('web', container('wait', { Command: ['sleep', '1'] }))), {
      message: /^line 2: no init container here has iptables rules in its command or arguments$/,
    })
  },
)

t.test('of several pods one is read, with what stands behind it', async (t) => {
  const text = `${described('a', container('i', { Args: ['-c', command(1)] }))}\n${described('b', container('i', { Args: ['-c', command(2)] }))}\n`
  t.same(readAs(text), [rule(2)])
  t.match(notesOf(text)[0] ?? '', /assumed|2 pods/)
  t.match(notesOf(text).join('\n'), /2 pods with rules; the last is read, --snapshot N chooses/)
  t.same(readAs(text, { snapshot: 1 }), [rule(1)])
  t.throws(() => readAs(text, { snapshot: 3 }), {
    message: /^--snapshot: the text has 2 pods with rules, none is number 3$/,
  })
  const quoted = `${text}\`\`\`\n${command(2)}\n\`\`\`\n`
  t.same(readAs(quoted), [rule(2)])
  t.match(notesOf(quoted).join('\n'), /left out: a line that only quotes what the pod runs/)
})

const yaml = (script: string): string => `apiVersion: v1
kind: Pod
metadata:
  annotations:
    note: "a: b"
spec:
  initContainers:
  - name: mesh-init
    image: mesh/init:1
    env:
    - name: PORT
      value: "1"
    command: ["/bin/sh", "-c"]
    args:
    ${script}
  containers:
  - name: app
`

t.test('manifests: YAML in every style, JSON, lists, deployments', async (t) => {
  for (const script of [
    `- ${command(1)}`,
    `- "${command(1)}"`,
    `- '${command(1)}'`,
    `- |\n      ${command(1)}`,
    `- |-\n      set -e\n      ${command(1)}`,
    `- >-\n      ${command(1).replace(' -p', '\n      -p')}`,
    `- ${command(1).replace(/1$/, '${PORT}')}`,
    `- "set -e\\n${command(1)}\\n"`,
  ])
    t.same(readAs(yaml(script)), [rule(1)], script)
  const pod = {
    kind: 'Pod',
    spec: { initContainers: [{ name: 'i', command: ['sh', '-c', `set -e\n${command(1)}\n`] }] },
  }
  for (const text of [
    JSON.stringify(pod),
    JSON.stringify(pod, null, 2),
    JSON.stringify({ kind: 'List', items: [{ kind: 'Deployment', spec: { template: pod } }] }),
    `$ kubectl get pod web -o yaml\n${yaml(`- ${command(1)}`)}`,
    `Here it is:\n\`\`\`yaml\n${yaml(`- ${command(1)}`)}\`\`\`\nand what is wrong?\n`,
  ])
    t.same(readAs(text), [rule(1)], text)
})

t.test('containers that stay and make rules, behind the init containers; others are left out', async (t) => {
  const making = (port: number) => ({ name: 'm', command: ['sh', '-c', `${command(port)}; sleep 1d`] })
  const pod = (spec: object): string => JSON.stringify({ kind: 'DaemonSet', spec: { template: { spec } } }, null, 2)
  t.same(readAs(pod({ hostNetwork: true, containers: [{ name: 'web', args: ['serve'] }, making(1)] })), [rule(1)])
  t.same(readAs(pod({ containers: [making(2)], initContainers: [making(1)] })), [rule(1), rule(2)])
  const wrong = pod({ containers: [{ args: ['-c', `true\n${command(1).replace('--to-ports', '--to-portz')}`] }] })
  const line = wrong.split('\n').findIndex((own) => own.includes('--to-portz'))
  t.throws(() => readAs(wrong), {
    message: new RegExp(`^line ${line + 1}, column ${(wrong.split('\n')[line] ?? '').indexOf('--to-portz') + 1}: `),
  })
  const stays = described('web', container('i', { Args: ['-c', command(1)] }))
  t.same(readAs(stays.replace('      serve', `      -c\n      ${command(2)}`)), [rule(1), rule(2)], 'kubectl describe')
  t.same(readAs(`Name: a\nContainers:\n${container('m', { Args: ['-c', command(1)] })}Conditions:\n`), [rule(1)])
})

t.test('ConfigMaps: texts in every style, each a file whose name may tell the family', async (t) => {
  const payload = (port: number): string => `*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports ${port}\nCOMMIT\n`
  const map = { kind: 'ConfigMap', data: { 'rules.v4': payload(1), note: 'a\nb\n', 'rules.v6': payload(2) } }
  const both = [rule(1), rule(2).replace('ipv4', 'ipv6')]
  for (const text of [
    JSON.stringify(map),
    JSON.stringify({ kind: 'List', items: [map] }, null, 2),
    `kind: ConfigMap\ndata:\n  rules.v4: ${JSON.stringify(payload(1))}\n  rules.v6: |\n    ${payload(2).trim().replaceAll('\n', '\n    ')}\n`,
    `kind: ConfigMap\ndata:\n  rules.v4: |\n    ${payload(1).trim().replaceAll('\n', '\n    ')}\n  rules.v6: |\n    ${payload(2).trim().replaceAll('\n', '\n    ')}\n`,
  ])
    t.same(readAs(text), both, text)
  t.same(readAs(JSON.stringify({ data: { 'up.sh': `#!/bin/sh\nset -e\nP=1\n${command(1).replace(/1$/, '$P')}\n` } })), [
    rule(1),
  ])
})

t.test("a place in a manifest is the file's", async (t) => {
  const wrong = command(1).replace('--to-ports', '--to-portz')
  const placed = (text: string): string => {
    const line = text.split('\n').findIndex((own) => own.includes('--to-portz'))
    return `line ${line + 1}, column ${(text.split('\n')[line] ?? '').indexOf('--to-portz') + 1}: no option --to-portz`
  }
  for (const text of [
    yaml(`- ${wrong}`),
    yaml(`- "${wrong}"`),
    yaml(`- |\n      set -e\n        ${wrong}`),
    JSON.stringify({ spec: { initContainers: [{ args: ['-c', `a "b"\n${wrong}`] }] } }),
  ])
    t.throws(() => readCapture(text).rulesOf('ipv4', []), { message: new RegExp(`^${placed(text)}`) }, text)
})

t.test("istio-iptables' flags are what the built-in builder makes of them", async (t) => {
  const flags = [
    'istio-iptables',
    '-p',
    '15001',
    '-z',
    '15006',
    '-u',
    '1337',
    '-m',
    'REDIRECT',
    '-i',
    '*',
    '-x',
    '',
    '-b',
    '*',
    '-d',
    '15090,15021,15020',
  ]
  const text = described('web', container('istio-init', { Args: flags }, 'docker.io/istio/proxyv2:1.17.8'))
  t.match(readAs(text).join('\n'), /ipv4 nat ISTIO_REDIRECT: -p tcp -j REDIRECT --to-ports 15001/)
  t.match(
    notesOf(text).join('\n'),
    /built: the rules that istio-iptables of Istio 1\.17 makes of the flags in line 6, for ipv4/,
  )
  const other = text.replace('1.17.8', '1.12.2')
  t.throws(() => readAs(other), {
    message: /^line 6, column 7: these are flags of istio-iptables of Istio 1\.12\.2, which is not built in$/,
  })
  t.ok(readAs(other, { complete: true }).length > 10)
  const [, ...bare] = flags
  const old = described('web', container('istio-init', { Args: bare }, 'docker.io/istio/proxy_init:1.1.7'))
  t.throws(() => readAs(old), {
    message: /istio-iptables of Istio 1\.1\.7, which is not built in$/,
    hint: /^capture the init container's log \(kubectl logs POD -c CONTAINER\), .*, or say --complete: /,
  })
  t.ok(readAs(old, { complete: true }).length > 10)
  t.throws(() => readAs(old.replace('istio/proxy_init', 'web/tool')), { message: /no init container here has/ })
  t.throws(() => readAs(text.replace('15001', '16001')), { message: /^line 6, column 7: -p 16001 of istio-iptables/ })
  t.throws(() => readAs('istio-iptables -p 15001 -u 1337\n'), {
    message: /^line 1, column 1: these are flags of istio-iptables/,
  })
})

t.test('a manifest that nobody can read whole is refused', async (t) => {
  t.throws(() => readCapture(`kind: Pod\ninitContainers: ${'['.repeat(100_000)}\n`), { message: /./ })
})
