import t from 'tap'
import { readRules } from '../../harness/iptables/texts/read.ts'
import { loadText } from '../../harness/run/predict/loaded-rules.ts'
import { proxyOfRules } from '../../harness/run/plan/proxy-of-rules.ts'

const podIPs = ['10.244.0.5', 'fd00:10::5']

function worked(rules: readonly string[], table = 'nat') {
  const text = readRules([`*${table}`, ...rules, 'COMMIT', ''].join('\n'), {
    family: 'ipv4',
    podIPs,
    payloadFamily: 'ipv4',
  })
  return proxyOfRules(text === undefined ? [] : [loadText(text).ruleset], podIPs)
}

function told(rules: readonly string[], table?: string): string {
  const found = worked(rules, table)
  if ('unknown' in found) return found.unknown
  const { proxy, listeners } = found.profile
  const ports = listeners.map(({ captures, port, protocol, transparent }) =>
    [captures, port, protocol, ...(transparent ? ['transparent'] : [])].join(' '),
  )
  return [`${proxy.uid}:${proxy.gid}`, ...ports].join(', ')
}

const spare = '-A OUTPUT -m owner --uid-owner 1303 -j RETURN'
const capture = '-A OUTPUT -p tcp -j REDIRECT --to-ports 13031'

t.test('the proxy listens where the rules send to, and runs as whom they spare', async (t) => {
  const inbound = ['-N IN', '-A IN -p tcp -j REDIRECT --to-ports 13041', '-A PREROUTING -j IN']
  t.equal(told([...inbound, spare, capture]), '1303:1303, inbound 13041 tcp, outbound 13031 tcp')
  const itself = '-A OUTPUT -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 1303 -j IN'
  t.equal(
    told([...inbound, itself, spare, capture]),
    '1303:1303, inbound 13041 tcp, outbound 13031 tcp',
    'calls the pod',
  )
  t.equal(told([spare, '-A OUTPUT -m owner --gid-owner 7 -j RETURN', capture]), '1303:7, outbound 13031 tcp')
  t.equal(told(['-A OUTPUT -p tcp -m owner ! --gid-owner 7 -j REDIRECT --to-ports 80']), '7:7, outbound 80 tcp')
  t.match(worked([...inbound, spare, capture]), {
    from: 'where the rules send to (inbound 13041, outbound 13031) and whom they spare (UID 1303)',
    profile: { ofRules: { chains: ['IN'] }, spares: { uids: [1303], gids: [] } },
  })
})

t.test('what is captured follows from the way there', async (t) => {
  const dns = '-A OUTPUT -p udp -m udp --dport 53 -j REDIRECT --to-ports 5300'
  t.equal(told([spare, capture, dns]), '1303:1303, outbound 13031 tcp, dns 5300 udp')
  const marked = '-A PREROUTING -i lo -p tcp -m mark --mark 1 -j TPROXY --on-port 9000 --tproxy-mark 1'
  const out = '-A OUTPUT -p tcp -m owner ! --uid-owner 5 -j MARK --set-mark 1'
  t.equal(told([out, marked], 'mangle'), '5:5, outbound 9000 tcp transparent', 'by loopback comes what the pod sent')
  const any = marked.replace('-i lo ', '')
  t.match(told([out, any], 'mangle'), /both sent to 9000/)
  t.equal(told([any], 'mangle'), '65534:65534, inbound 9000 tcp transparent')
})

t.test('rules that send nothing to a port of the pod have none', async (t) => {
  for (const rules of [['-A OUTPUT -j ACCEPT'], ['-A OUTPUT -d 127.0.0.11 -p udp -j DNAT --to 127.0.0.11:4000']])
    t.match(worked(rules), { profile: { listeners: [], ofRules: { title: 'none' } }, from: /send nothing/ })
})

t.test('what can be read in two ways is not taken', async (t) => {
  t.match(told([capture, '-A PREROUTING -p tcp -j REDIRECT --to-ports 13031']), /both sent to 13031/)
  t.match(told([spare, '-A OUTPUT -m owner --uid-owner 0 -j RETURN', capture]), /which of UID 1303 and UID 0/)
  t.match(told(['-A OUTPUT -p tcp -j REDIRECT --to-ports 1000-1010']), /range of ports/)
  t.match(told(['-A OUTPUT -m owner --uid-owner 1-9 -j RETURN', capture]), /range of IDs/)
  t.match(told(['-A OUTPUT -m mark --mark 255 -j RETURN', capture]), /its sender has marked/)
  t.match(told(['-A OUTPUT -m owner --uid-owner envoy -j RETURN', capture]), /an account by its name/)
})
