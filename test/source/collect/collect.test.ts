import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { families } from '../../../harness/core/address.ts'
import { readCapture } from '../../../harness/source/capture/capture.ts'
import { collectScript } from '../../../harness/source/collect/script.ts'
import { sidetrack } from '../../cli/command-line.ts'
import { resident } from '../../cli/resident.ts'

/** Shells that a pod may have: what each is called with a script on its standard input. */
const shells = ['dash', 'bash --posix', 'busybox sh'].filter(
  (shell) => spawnSync(shell.split(' ')[0] ?? '', ['-c', 'true']).error === undefined,
)

const rules = [
  '*mangle',
  '-A PREROUTING -i eth0 -p tcp -m tcp --dport 8080 -j MARK --set-xmark 0x111/0xfff',
  'COMMIT',
  '*nat',
  ':ISTIO_OUTPUT - [0:0]',
  ':ISTIO_REDIRECT - [0:0]',
  '-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001',
  '-A OUTPUT -p tcp -j ISTIO_OUTPUT',
  '-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN',
  '-A ISTIO_OUTPUT -m owner --gid-owner 0 -j RETURN',
  '-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN',
  '-A ISTIO_OUTPUT -d 10.96.0.0/12 -p tcp -m tcp --dport 9000 -j RETURN',
  '-A ISTIO_OUTPUT -d 10.99.0.10/32 -p tcp -j RETURN',
  '-A ISTIO_OUTPUT -d 52.0.0.0/8 -j RETURN',
  '-A ISTIO_OUTPUT -j ISTIO_REDIRECT',
  'COMMIT',
  '',
].join('\n')

/** What is asked of the pod itself, and of each capture of it. */
const flows: readonly (readonly string[])[] = [
  ['--uid', '1000', '--to', '203.0.113.10:80'],
  ['--uid', '1337', '--to', '203.0.113.10:80'],
  ['--uid', '1000', '--gid', '0', '--to', '203.0.113.10:80'],
  ['--uid', '1000', '--to', '127.0.0.1:8080'],
  ['--uid', '1000', '--to', 'pod:8080'],
  ['--in', 'eth0', '--to', 'pod:8080'],
  ['--in', 'eth0', '--to', 'pod:8081'],
]
const ofNetworks: readonly (readonly string[])[] = [
  ['--uid', '1000', '--to', '10.97.1.2:9000'],
  ['--uid', '1000', '--to', '10.97.1.2:9001'],
  ['--uid', '1000', '--to', '10.99.0.10:80'],
  ['--uid', '1000', '--to', '52.1.2.3:80'],
]

const verdictOf = (file: string, flow: readonly string[]): string => {
  const { stdout, stderr } = resident(['explain', '--rules', `file:${file}`, '--mesh', 'istio', ...flow])
  return (stdout.split('\n')[0] ?? '') + stderr
}
const addressless = (line: string): string => line.replace(/\d+\.\d+\.\d+\.\d+/g, 'ADDRESS')

/** Who listens where, as both ss and the kernel's own tables tell it. */
const socketsOf = ({ pod }: ReturnType<typeof readCapture>): string[] =>
  (pod.listeners ?? [])
    .map(({ protocol, address, port, uid }) => `${protocol} ${address === '*' ? '::' : address} ${port} ${uid}`)
    .toSorted()

t.test("a pod's capture says what the pod does, whatever shell takes it, and redacted too", async (t) => {
  t.ok(shells.length >= 2)
  const folder = t.testdir({
    'rules.txt': rules,
    'plain.sh': collectScript(false),
    'redacted.sh': collectScript(true),
    'bare.sh': collectScript(false).replace('have() {', 'have() { case $1 in ss | netstat) return 1 ;; esac;'),
  })
  const path = (name: string): string => join(folder, name)
  const name = (shell: string, kind: string): string => `${kind}-${shell.replaceAll(/\W/g, '')}.txt`
  const taken = shells.flatMap((shell) =>
    ['plain', 'redacted', 'bare'].map((kind) => ({ shell, kind, file: path(name(shell, kind)) })),
  )
  const script = [
    `iptables-restore < ${path('rules.txt')}`,
    'ip rule add fwmark 0x111/0xfff priority 500 lookup 133',
    'ip route add local default dev lo table 133',
    'state() { iptables-save; iptables-legacy-save; ip rule; ip route show table all; ip address; }',
    'before=$(state | grep -v "^[#:]")',
    // Whatever writes to a file is ended by the kernel.
    ...taken.map(({ shell, kind, file }) => `(ulimit -f 0; exec ${shell} < ${path(`${kind}.sh`)}) | cat > ${file}`),
    '[ "$before" = "$(state | grep -v "^[#:]")" ]',
  ]
  const { status, stderr } = sidetrack([
    'shell',
    'istio/from 1.17: included outbound ports beside all ranges add nothing (documented)',
    '--uid',
    '0',
    '--',
    'sh',
    '-c',
    script.join('\n'),
  ])
  if (!t.equal(status, 0, 'it is taken, and changes nothing')) return t.comment(stderr)
  const beside = 'ip rule add fwmark 0x111/0xfff priority 500 lookup 133\nip route add local default dev lo table 133\n'
  const own = path('own.txt')
  // What is in the pod, as it was put there.
  writeFileSync(own, `#!/bin/sh\niptables-restore <<EOF\n${rules}EOF\n${beside}`)
  for (const flow of [...flows, ...ofNetworks]) t.match(verdictOf(own, flow), /^Verdict: (?!unknown)/, flow.join(' '))
  let asSsTells: string[] = []
  for (const { shell, kind, file } of taken) {
    const text = readFileSync(file, 'utf8')
    const capture = readCapture(text)
    t.same(capture.families, families, `${shell}, ${kind}: both families are known`)
    t.match(capture.rulesOf('ipv4', [])?.routing, {
      rules: [{ priority: 500, fwmark: 0x111, mask: 0xfff, table: 133 }],
      routes: [{ table: 133, type: 'local' }],
    })
    t.equal(capture.pod.interfaces?.[0]?.name, 'eth0')
    t.equal(capture.pod.sysctls.get('net.ipv4.conf.all.route_localnet'), '0')
    t.ok(
      capture.pod.listeners?.some(({ port, address }) => port === 15001 && address !== '127.0.0.1'),
      'the proxy listens',
    )
    t.same(capture.unsaid, [])
    if (kind === 'plain') asSsTells = socketsOf(capture)
    if (kind === 'bare')
      t.same(socketsOf(capture), asSsTells, `${shell}: the kernel's own tables have the sockets that ss has`)
    // Who listens is not in the rules as they were put there.
    writeFileSync(file, text.replace(/^(?:tcp|udp) .*\n/gm, ''))
    for (const flow of flows)
      t.equal(
        addressless(verdictOf(file, flow)),
        addressless(verdictOf(own, flow)),
        `${shell}, ${kind}: ${flow.join(' ')}`,
      )
    if (kind !== 'redacted')
      for (const flow of ofNetworks) t.equal(verdictOf(file, flow), verdictOf(own, flow), flow.join(' '))
    else redactedKeeps(t, text)
  }
})

/** What redaction leaves of addresses: what is in which network, and what makes an address special. */
function redactedKeeps(t: Test, text: string): void {
  const network = /-d (10\.\d+)\.0\.0\/12 -p tcp -m tcp --dport 9000/.exec(text)?.[1] ?? ''
  const host = /-d (10\.\d+)\.\d+\.10\/32/.exec(text)?.[1] ?? ''
  const nibble = (octets: string): number => Number(octets.split('.')[1]) >> 4
  t.equal(nibble(network), nibble(host), 'an address is in its network still')
  t.notMatch(text, /10\.244\.0\.5|10\.99\.0\.10|-d 52\.0/)
  t.match(text, /-d 127\.0\.0\.1\/32/)
  t.match(text, /inet 127\.0\.0\.1\/8/)
  t.match(text, /^## sidetrack redacted$/m)
}
