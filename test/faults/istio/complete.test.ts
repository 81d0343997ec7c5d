import t from 'tap'
import { parseRule } from '../rule.ts'
import { build } from '../../mesh/istio/request.ts'
import { findBuilder } from '../../../harness/mesh/index.ts'
import { SuiteByModel } from '../by-model.ts'
import { type Edit, meaning, means } from '../edit.ts'
import { inject } from '../faulty-source.ts'
import { faults } from './faults.ts'

const lists = {
  excludeOutboundPorts: '6379,7070',
  includeOutboundPorts: '6379',
  excludeInboundPorts: '5432',
  excludeIPRanges: '198.51.100.0/24',
  includeIPRanges: '203.0.113.0/24',
}
const interfaces = {
  'traffic.sidecar.istio.io/excludeInterfaces': 'net1',
  'traffic.sidecar.istio.io/kubevirtInterfaces': 'br0',
}
const groups = (name: string, value: string) => ({ proxyMetadata: { [`ISTIO_OUTBOUND_OWNER_GROUPS${name}`]: value } })
/** Every config whose rules have faults. */
const configs = [
  {},
  lists,
  { includeInboundPorts: '8080' },
  groups('', '2001,2003'),
  groups('_EXCLUDE', '2001'),
  { interceptionMode: 'TPROXY' },
  { proxyMetadata: { INVALID_DROP: 'true' } },
  { dnsServers: ['10.96.0.10'], proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } },
]

/** Rules without which nothing is different for any flow that there is, and why. */
const harmless = new Map([
  ['ISTIO_OUTPUT -p udp --dport 6379 -j RETURN', 'UDP is captured by DNS alone'],
  ['ISTIO_OUTPUT -p udp --dport 7070 -j RETURN', 'UDP is captured by DNS alone'],
  [
    'ISTIO_DIVERT -j MARK --set-mark 1337',
    "an established connection's packets reach its socket by the address, which is the pod's own",
  ],
  [
    'ISTIO_INBOUND -p tcp --mark 1337 -j RETURN',
    'what the proxy dials within the pod comes in by lo, and without the mark 1338',
  ],
  [
    'ISTIO_OUTPUT -o lo -p tcp ! --dport 53 ! --gid-owner 1337 -j RETURN',
    "its user's has let all but the group pass already",
  ],
  [
    'ISTIO_OUTPUT_DNS -p udp --sport 15053 --uid-owner 1337 -j CT --zone 2',
    "its group's has the same, and the proxy has that group whoever it runs as",
  ],
])

t.test('every rule of istio@1.31 has its fault, or a reason', async (t) => {
  const payloads = configs.map((config) => build('1.31', { config, podAnnotations: interfaces }))
  const rules = new Set(
    payloads
      .join('')
      .split('\n')
      .filter((line) => parseRule(line, 'nat') !== undefined),
  )
  for (const line of rules) {
    const words = meaning(parseRule(line, 'nat') as NonNullable<ReturnType<typeof parseRule>>)
    t.ok(harmless.has(words) || faults.some(({ rule }) => means(line, rule)), words)
  }
})

t.test('no two rows are the same', async (t) => {
  const names = faults.map(({ rule, fault }) => `${rule}: ${fault}`)
  t.same(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  )
})

/** A rule that no packet meets; where it stands rules may be counted. */
const idle: Edit = (lines, at) =>
  lines.map((line, index) => (at.includes(index) ? line.replace(' -j ', ' -m mark --mark 0xfffffffe -j ') : line))

t.test('without a rule that is said to be harmless every scenario holds', async (t) => {
  const suite = await SuiteByModel.of('istio', '1.31')
  for (const [rule, why] of harmless) {
    const broken = suite.broken((request) => inject(findBuilder('istio').build('1.31', request), rule, idle))
    t.equal(broken, undefined, `${rule}: ${why}`)
  }
})
