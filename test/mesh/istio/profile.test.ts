import t from 'tap'
import { istio } from '../../../harness/mesh/istio/index.ts'
import { type Asked, istioRequest } from './request.ts'

const profile = (release: string, asked: Asked = {}) => istio.profile(release, istioRequest(asked))
const ports = (release: string, asked: Asked = {}) =>
  Object.fromEntries(profile(release, asked).listeners.map(({ name, protocol, port }) => [`${name}/${protocol}`, port]))
const transparent = { config: { interceptionMode: 'TPROXY' } }

t.test('where the proxy listens', async (t) => {
  const always = {
    'outbound/tcp': 15001,
    'inbound/tcp': 15006,
    'admin/tcp': 15000,
    'status/tcp': 15020,
    'metrics/tcp': 15090,
  }
  t.same(ports('1.31'), { ...always, 'health/tcp': 15021 })
  t.same(ports('1.5'), always)
  t.same(
    ports('1.31', { config: { statusPort: 80 }, podAnnotations: { 'status.sidecar.istio.io/port': '81' } })[
      'status/tcp'
    ],
    81,
  )
  t.equal(ports('1.31', { config: { statusPort: 0 } })['status/tcp'], undefined)
  const metadata = (name: string) => ({ config: { proxyMetadata: { [name]: 'true' } } })
  t.match(ports('1.17', metadata('ISTIO_META_DNS_CAPTURE')), { 'dns/udp': 15053, 'dns/tcp': 15053 })
  t.match(ports('1.31', metadata('ISTIO_META_ENABLE_HBONE')), { 'tunnel/tcp': 15008 })
})

t.test('every listener has a name that scenarios may say', async (t) => {
  const asked = { config: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true', ISTIO_META_ENABLE_HBONE: 'true' } } }
  for (const { name, captures } of profile('1.31', asked).listeners)
    t.ok((captures === undefined ? istio.names.ports : istio.names.listeners).includes(name), name)
})

t.test('what the proxy runs as, and whom the rules spare', async (t) => {
  t.match(profile('1.31'), { proxy: { uid: 1337, gid: 1337, groups: [] }, spares: { uids: [1337], gids: [1337] } })
  t.match(profile('1.31', transparent), { proxy: { uid: 0, gid: 1337 }, spares: { uids: [1337], gids: [1337] } })
  t.match(profile('1.31', { config: { proxyUID: '8001,8002' } }), {
    proxy: { uid: 8001, gid: 8001 },
    spares: { uids: [8001, 8002], gids: [8001, 8002] },
  })
})

t.test('how it dials on', async (t) => {
  const inbound = (...asked: Parameters<typeof profile>) => profile(...asked).dialsOn.inbound
  const from = { ipv4: '127.0.0.6', ipv6: '::6' }
  t.same(inbound('1.5'), { from, servicePorts: 'loopback' })
  t.same(inbound('1.17'), { from })
  t.same(inbound('1.31', transparent), { from: 'client', mark: 1337 })
  const asked = { config: { dnsServers: ['10.96.0.10'], proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } } }
  t.same(profile('1.31', asked).dialsOn.dns, { servers: ['10.96.0.10'] })
  t.equal(profile('1.31').dialsOn.dns, undefined)
})

t.test('where 1.5 has inbound connections go to the outbound listener, nobody is told that it is known', async (t) => {
  const why =
    'istio@1.5 sends inbound connections to 15001 then, and what its proxy does with them depends on services elsewhere in the mesh'
  const included = (ports: string) => ({ podAnnotations: { 'traffic.sidecar.istio.io/includeInboundPorts': ports } })
  t.match(profile('1.5', transparent).unknown, `interceptionMode: ${why}`)
  for (const ports of ['80', ''])
    t.match(profile('1.5', included(ports)).unknown, `traffic.sidecar.istio.io/includeInboundPorts: ${why}`)
  t.equal(profile('1.5', included('*')).unknown, undefined)
  t.equal(profile('1.5', { config: { includeInboundPorts: '80' } }).unknown, undefined, "Helm's it does not read")
  t.equal(profile('1.17', included('80')).unknown, undefined)
})

t.test('what stands beside the rules', async (t) => {
  const nothing = { rules: [], routes: [], loopbackAddresses: [] }
  t.same(profile('1.31').beside, nothing)
  t.same(profile('1.31', { podIPs: ['fd00::5'] }).beside, { ...nothing, loopbackAddresses: ['::6'] })
  t.same(profile('1.17', transparent).beside, {
    rules: [{ family: 'ipv4', fwmark: 1337, table: 133 }],
    routes: [{ family: 'ipv4', table: 133, destination: '0.0.0.0/0', type: 'local', dev: 'lo' }],
    loopbackAddresses: [],
  })
  t.equal(profile('1.31', { ...transparent, podIPs: ['fd00::5'] }).beside.rules.length, 2)
  t.same(profile('1.31', { config: { ...transparent.config, includeInboundPorts: '' } }).beside, nothing)
  t.same(profile('1.31', { config: { interceptionMode: 'NONE' } }).beside, nothing)
})

t.test('what is left alone', async (t) => {
  const { inbound, outbound } = profile('1.31', { config: { cni: true, excludeInboundPorts: '22, 80' } }).leftAlone
  t.same(inbound, [15008, 22, 80, 15020, 15021, 15090])
  t.same(outbound, [15020])
  t.same(profile('1.5').leftAlone.inbound, [22, 15090, 15020])
  t.same(profile('1.31', transparent).leftAlone.inbound, [15090, 15021, 15020])
  t.same(profile('1.31', { config: { includeInboundPorts: '80' } }).leftAlone.inbound, [])
})

t.test('families', async (t) => {
  const families = (podIPs: string[], proxyMetadata = {}) =>
    profile('1.31', { podIPs, config: { proxyMetadata } }).families
  t.same(families([]), ['ipv4'])
  t.same(families(['10.0.0.1', 'fd00::1']), ['ipv4'])
  t.same(families(['10.0.0.1', 'fd00::1'], { ISTIO_DUAL_STACK: 'true' }), ['ipv4', 'ipv6'])
  t.same(families(['fd00::1']), ['ipv4', 'ipv6'])
})

t.test('its init container is told what the rules are made of', async (t) => {
  const rules = { form: 'restore', family: 'ipv4', payload: '' } as const
  const config = { excludeOutboundPorts: '80', proxyUID: '7', proxyGID: '8', proxyMetadata: { INVALID_DROP: 'true' } }
  t.same(istio.initContainer('1.31', rules, istioRequest({ config })), {
    name: 'istio-init',
    command: [],
    args: [
      ...['istio-iptables', '-p', '15001', '-z', '15006', '-u', '7', '-m', 'REDIRECT', '-i', '*', '-x', '', '-b', '*'],
      ...['-d', '15090,15021,15020', '-g', '8', '-o', '80'],
    ],
    env: { INVALID_DROP: 'true' },
    securityContext: {
      privileged: false,
      runAsUser: 0,
      capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] },
    },
    makesRules: true,
  })
  const none = [
    { cni: true },
    { interceptionMode: 'NONE' },
    { dnsServers: ['10.96.0.10'], proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } },
  ]
  for (const config of none)
    t.equal(istio.initContainer('1.17', rules, istioRequest({ config })), undefined, JSON.stringify(config))
  t.match(istio.initContainer('1.5', rules, istioRequest()), { command: ['istio-iptables', '-p'], args: [] })
})
