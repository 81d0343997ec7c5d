import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import '../helpers/plain-python.ts'
import { resident } from '../cli/resident.ts'

const builder = readFileSync(join(import.meta.dirname, 'istio.py'), 'utf8')

/**
 * Faults as they slip into a builder: what stands in its source, what stands there instead, and the checks that see it.
 */
const faults: readonly (readonly [fault: string, from: string, to: string, grep: string])[] = [
  ['a port is not exempt', "EXEMPT = ['15090', '15021']", "EXEMPT = ['15090']", 'exempt-inbound-ports/from-1.17-15020'],
  [
    'the last range is lost',
    'pod.excluded_ranges):',
    'pod.excluded_ranges[:-1]):',
    'long-lists/long-lists-of-excluded-ranges',
  ],
  ['IPv6 looks for 127.0.0.6', "else '::6/128'", "else '::7/128'", 'transparent-ipv6/.*what-the-pod-dials'],
  [
    'the proxy asks in the zone of applications',
    'CT --zone 1',
    'CT --zone 2',
    'dns/.*source-port-that-the-application-has-used',
  ],
  ['a pod cannot empty a list', 'if annotation is not None:', 'if annotation:', 'inbound-ports/an-empty-annotation'],
  [
    "the status port is the mesh's alone",
    "notes.get('status.sidecar.istio.io/port', ",
    '(',
    'exempt-inbound-ports/a-pod-s-own-status-port',
  ],
  ['the tunnel port is captured from the proxy', "'-p tcp ! --dport 15008'", "''", 'tunnel/from-1.31'],
  [
    'the mode of the pod is not read',
    "notes.get('sidecar.istio.io/interceptionMode', mode)",
    'mode',
    'transparent/.*takes-the-mesh-s-tproxy-back',
  ],
  [
    'under TPROXY only the first user and group are marked',
    "MARK --set-mark 1338')",
    "MARK --set-mark 1338') if number == ids[0] else None",
    'combined-options/.*tproxy-several-users',
  ],
  [
    'for zones the proxy has the usual user and group',
    'for uid in pod.uids] + [f',
    "for uid in ['1337']] + [f",
    'combined-options/.*dns-several-users',
  ],
  [
    'invalid packets are dropped in IPv4 alone',
    'if pod.drops_invalid:',
    "if pod.drops_invalid and pod.family == 'ipv4':",
    'combined-options/.*dns-several-users',
  ],
]

const run = (from: string, ...args: readonly string[]) =>
  resident(['run', '--mesh', 'istio', '--rules', 'exec:python3 -I -S istio.py', '--iptables', 'nft', ...args], { from })

/** All of it takes a minute and a half of this program's starts: `SIDETRACK_WHOLE=1 npm test -- test/builders/istio.test.ts`. */
const part =
  process.env['SIDETRACK_WHOLE'] === '1'
    ? []
    : ['identities', 'inbound-ports', 'outbound-ranges', 'dns', 'transparent'].map((name) => `istio/${name}`)

t.test('a second builder of Istio, in another language, keeps every promise', async (t) => {
  const from = t.testdir({ 'istio.py': builder })
  const { status, stdout } = run(from, ...part)
  t.equal(status, 0, stdout)
  t.match(stdout, /\n(?<checks>\d{3,4}) checks, \k<checks> passed, 0 failed in /)
})

for (const [fault, right, wrong, grep] of faults) {
  t.test(`with a fault in it, it does not: ${fault}`, async (t) => {
    t.equal(builder.split(right).length > 1, true, 'the fault is one')
    const from = t.testdir({ 'istio.py': '' })
    writeFileSync(join(from, 'istio.py'), builder.replaceAll(right, wrong))
    const { status, stdout } = run(from, `istio/${grep.split('/')[0]}`, '--grep', `^istio/${grep}`)
    t.equal(status, 1, stdout)
    t.match(stdout, /\n\d+ checks, \d+ passed, [1-9]\d* failed in /)
  })
}
