import fc, { type Arbitrary } from 'fast-check'
import type { Family } from '../../harness/core/address.ts'
import { closedPort } from './pod.ts'
import { addresses, pick } from './random-values.ts'

const verdicts = ['ACCEPT', 'ACCEPT', 'RETURN', 'RETURN', 'LOG', 'NFLOG']

const rejections = {
  ipv4: [
    'icmp-net-unreachable',
    'icmp-host-unreachable',
    'icmp-port-unreachable',
    'icmp-admin-prohibited',
    'tcp-reset',
  ],
  ipv6: ['icmp6-no-route', 'icmp6-adm-prohibited', 'icmp6-addr-unreachable', 'icmp6-port-unreachable', 'tcp-reset'],
} as const

/** Ports of a translation: one, several, or as before. */
const portsTo = fc.oneof(
  pick([15001, 15003, 15053, 80, closedPort]).map(String),
  pick(['80-90', '8080-8090', '15001-15003', `${closedPort}-${closedPort + 5}`]),
)

export function targetsOf(table: string, chain: string, family: Family): Arbitrary<string> {
  const marks = [
    'MARK --set-mark 1',
    'MARK --set-xmark 0x2/0x2',
    'CONNMARK --set-mark 1',
    'CONNMARK --save-mark',
    'CONNMARK --restore-mark',
    'MARK --and-mark 0x2',
    'MARK --or-mark 0x1',
    'MARK --xor-mark 0x3',
    'CONNMARK --set-xmark 0x2/0x3',
    'CONNMARK --save-mark --nfmask 0x1 --ctmask 0x2',
    'CONNMARK --restore-mark --mask 0x1',
  ]
  const zones = ['CT --zone 1', 'CT --zone 2', 'CT --zone-orig 1', 'CT --zone-reply 1']
  const header = [
    family === 'ipv4' ? 'TTL --ttl-set 9' : 'HL --hl-set 9',
    'DSCP --set-dscp 10',
    'TCPMSS --set-mss 1300',
  ]
  if (table === 'raw')
    return pick([
      ...verdicts,
      'DROP',
      'CT --notrack',
      'NOTRACK',
      'TRACE',
      ...zones,
      'MARK --set-mark 1',
      'CONNMARK --restore-mark',
    ])
  if (table === 'mangle')
    return chain === 'PREROUTING'
      ? pick([
          ...verdicts,
          ...marks,
          ...header,
          'TPROXY --on-port 15003',
          'TPROXY --on-port 15001 --tproxy-mark 0x1/0x1',
          'TPROXY --on-port 81',
        ])
      : pick([...verdicts, ...marks, ...marks, ...header, 'DROP'])
  if (table === 'filter' || table === 'security') {
    const rejected =
      table === 'filter' ? ['REJECT', ...rejections[family].map((type) => `REJECT --reject-with ${type}`)] : []
    return pick([...verdicts, 'DROP', 'MARK --set-mark 1', 'CONNMARK --set-mark 2', ...rejected])
  }

  return chain === 'INPUT' || chain === 'POSTROUTING' ? sourceTargets(chain, family) : destinationTargets(family)
}

function destinationTargets(family: Family): Arbitrary<string> {
  const one = (address: string) => (family === 'ipv4' ? address : `[${address}]`)
  const dnat = pick(addresses[family]).map((address) => `DNAT --to-destination ${one(address)}`)
  const ported = fc
    .tuple(pick(addresses[family]), portsTo)
    .map(([address, port]) => `DNAT --to-destination ${one(address)}:${port}`)
  const redirect = portsTo.map((port) => `REDIRECT --to-ports ${port}`)
  const random = pick(['80', '15001-15002', '81-85']).map((port) => `REDIRECT --to-ports ${port} --random`)
  const portOnly = fc.constantFrom('DNAT --to-destination :80', 'DNAT --to-destination :15001-15003')
  const marks = pick(['MARK --set-mark 1', 'CONNMARK --set-mark 1'])
  const netmap = pick(family === 'ipv4' ? ['203.0.113.0/24', '10.244.0.0/28'] : ['2001:db8::/120', 'fd00:10::/64']).map(
    (to) => `NETMAP --to ${to}`,
  )
  return fc.oneof(
    pick(verdicts),
    redirect,
    redirect,
    ported,
    dnat,
    random,
    fc.constant('REDIRECT'),
    portOnly,
    marks,
    netmap,
  )
}

/** The stub knows its own dials by their source port, so only what leaves the pod gets another one. */
function sourceTargets(chain: string, family: Family): Arbitrary<string> {
  const snat = pick(addresses[family]).map((address) => `SNAT --to-source ${address}`)
  const masquerade = chain === 'POSTROUTING' ? [fc.constant('MASQUERADE'), fc.constant('MASQUERADE')] : []
  return fc.oneof(pick(verdicts), snat, ...masquerade)
}

/** Targets that need a protocol with ports get one. */
export const needsPorts = (target: string): boolean =>
  /TPROXY|--to-ports|--to-destination (\[.*\]|[^[:]*)?:\d+/.test(target)
