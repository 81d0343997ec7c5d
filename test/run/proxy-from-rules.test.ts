import t from 'tap'
import { isCapturing } from '../../harness/flow/listener.ts'
import { findBuilder, findMesh, meshes } from '../../harness/mesh/index.ts'
import { loadText } from '../../harness/run/predict/loaded-rules.ts'
import { namedProfile, proxyFromRules } from '../../harness/run/plan/proxy-from-rules.ts'
import { readRules } from '../../harness/iptables/texts/read.ts'

const podIPs = ['10.244.0.5', 'fd00:10::5']
const request = { config: {}, podAnnotations: {}, podIPs }

function worked(rules: readonly string[] | string, config: Record<string, unknown> = {}) {
  const payload = typeof rules === 'string' ? rules : ['*nat', ...rules, 'COMMIT', ''].join('\n')
  const text = readRules(payload, { family: 'ipv4', podIPs, payloadFamily: 'ipv4' })
  const found = proxyFromRules(text === undefined ? [] : [loadText(text).ruleset], podIPs, { ...request, config })
  if ('unknown' in found) return found.unknown
  const { mesh, release } = found.profile
  return `${[mesh, release].join(' ').trimEnd()}, from ${found.from}`
}

const built = (name: string, release: string, config: Record<string, unknown> = {}) =>
  findBuilder(name).build(release, { schema: 'sidetrack.config/1', mesh: name, ...request, config, family: 'ipv4' })

t.test('what built-in builders make is known for theirs, whatever the release', async (t) => {
  t.equal(worked(built('osm', '1.2')), 'osm 1.2, from OSM_PROXY_* chains, 15001, 15003, UID 1500')
  t.equal(worked(built('osm', '0.11')), 'osm 1.2, from PROXY_INBOUND* chains, 15001, 15003, UID 1500')
  for (const release of findBuilder('istio').releases)
    t.equal(worked(built('istio', release)), 'istio 1.31, from ISTIO_* chains, 15001, 15006, UID and GID 1337', release)
})

t.test('a config that moves the proxy is worked out, too', async (t) => {
  const dns = { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' }, dnsServers: ['10.96.0.10'] }
  t.equal(worked(built('istio', '1.31', dns)), 'istio 1.31, from ISTIO_* chains, 15001, 15006, 15053, UID and GID 1337')
  t.equal(
    worked(built('istio', '1.31', { interceptionMode: 'TPROXY' })),
    'istio 1.31, from ISTIO_* chains, 15001, 15006 by TPROXY, UID and GID 1337',
  )
})

t.test('a listener is transparent where rules send to it by TPROXY, whatever the mesh does by default', async (t) => {
  const text = readRules(
    '*mangle\n:PROXY_INIT_REDIRECT - [0:0]\n-A PREROUTING -p tcp -j TPROXY --on-port 4143 --tproxy-mark 1\nCOMMIT\n',
    { family: 'ipv4', podIPs, payloadFamily: 'ipv4' },
  )
  const rulesets = text === undefined ? [] : [loadText(text).ruleset]
  const transparent = (listeners: readonly { port: number; transparent?: true }[]) =>
    listeners.flatMap(({ port, transparent: isSo }) => (isSo ? port : []))
  const found = proxyFromRules(rulesets, podIPs, request)
  if ('unknown' in found) throw new Error(found.unknown)
  t.equal(found.from, 'PROXY_INIT_* chains, 4143 by TPROXY')
  t.same(transparent(found.profile.listeners), [4143])
  t.same(transparent(findMesh('linkerd').profile('', request).listeners), [])
  t.same(transparent(namedProfile(findMesh('linkerd'), rulesets, request).listeners), [4143])
  const own = readRules(built('istio', '1.31', { interceptionMode: 'TPROXY' }), {
    family: 'ipv4',
    podIPs,
    payloadFamily: 'ipv4',
  })
  const istio = namedProfile(findMesh('istio'), own === undefined ? [] : [loadText(own).ruleset], request, '1.17')
  t.same([istio.release, istio.proxy.uid, transparent(istio.listeners)], ['1.17', 0, [15006]], 'its own variant')
})

t.test('a proxy listens for the families that are sent to it, where its mesh knows that', async (t) => {
  const payload = '*nat\n:ISTIO_OUTPUT - [0:0]\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n'
  const families = (...asked: readonly ('ipv4' | 'ipv6')[]) => {
    const texts = asked.flatMap((family) => readRules(payload, { family, podIPs, payloadFamily: family }) ?? [])
    const rulesets = texts.map((text) => loadText(text).ruleset)
    const found = proxyFromRules(rulesets, podIPs, request)
    return 'profile' in found ? found.profile.families : found.unknown
  }
  t.same(families('ipv4'), ['ipv4'])
  t.same(families('ipv4', 'ipv6'), ['ipv4', 'ipv6'], 'dual stack')
})

t.test('chains of its name are enough where nothing contradicts', async (t) => {
  t.equal(worked(['-N KUMA_MESH_INBOUND', '-A KUMA_MESH_INBOUND -p tcp -j RETURN']), 'kuma, from KUMA_MESH_* chains')
})

t.test('without such chains, ports and IDs are, if one mesh alone has both', async (t) => {
  const rules = (port: number, uid: number) => [
    `-A OUTPUT -p tcp -m owner --uid-owner ${uid} -j RETURN`,
    `-A OUTPUT -p tcp -j REDIRECT --to-ports ${port}`,
  ]
  t.equal(worked(rules(4140, 2102)), 'linkerd, from 4140, UID 2102')
  t.equal(worked(rules(15001, 5995)), 'consul, from 15001, UID 5995')
  t.equal(worked(rules(15001, 1337)), 'they redirect to 15001 and spare UID 1337, which several meshes have')
  t.equal(worked(rules(15001, 7)), 'they redirect to 15001 and spare UID 7, which no mesh that is known has')
  t.equal(
    worked(['-A OUTPUT -p tcp -j REDIRECT --to-ports 4140']),
    'they redirect to 4140, and have chains of no mesh that is known',
  )
  t.equal(
    worked(['-A OUTPUT -j ACCEPT']),
    'they redirect to no port and spare nobody, and have chains of no mesh that is known',
  )
})

t.test('what contradicts is asked for, and never guessed', async (t) => {
  const chain = '-N ISTIO_OUTPUT'
  const moved = worked([chain, '-A OUTPUT -p tcp -j REDIRECT --to-ports 15010'])
  t.equal(moved, "their ISTIO_* chains are Istio's, but that does not fit its proxy: they redirect to 15010")
  t.match(
    worked([chain, '-A OUTPUT -p tcp -m owner --uid-owner 7 -j RETURN']),
    /does not fit its proxy: they spare UID 7$/,
  )
  t.match(worked([chain, '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001-15006']), /does not fit/)
  t.equal(worked([chain, '-N KUMA_MESH_INBOUND']), 'they have chains of Istio and Kuma')
})

t.test('a proxy that runs as somebody else is known by its chains and ports', async (t) => {
  const rules = [
    '-N ISTIO_OUTPUT',
    '-A OUTPUT -p tcp -m owner --uid-owner 998 -j RETURN',
    '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
  ]
  t.equal(worked(rules), 'istio 1.31, from ISTIO_* chains, 15001, UID 998')
})

t.test('proxies of other modes and older releases, which only their rules tell of', async (t) => {
  const out = [
    ':ISTIO_OUTPUT - [0:0]',
    '-A OUTPUT -p tcp -j ISTIO_OUTPUT',
    '-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN',
    '-A ISTIO_OUTPUT -p tcp -j REDIRECT --to-ports 15001',
  ]
  const inward = '-A PREROUTING -p tcp --dport 9080 -j REDIRECT --to-ports 15001'
  const proxyOf = (tables: Readonly<Record<string, readonly string[]>>) => {
    const payload = Object.entries(tables).flatMap(([name, rules]) => [`*${name}`, ...rules, 'COMMIT'])
    const text = readRules(`${payload.join('\n')}\n`, { family: 'ipv4', podIPs, payloadFamily: 'ipv4' })
    const found = proxyFromRules(text === undefined ? [] : [loadText(text).ruleset], podIPs, request)
    if ('unknown' in found) throw new Error(found.unknown)
    return [found.profile.unlike, found.profile.dialsOn] as const
  }
  const [usual] = proxyOf({ nat: out })
  t.equal(usual, undefined)
  const [one, dials] = proxyOf({ nat: [...out, inward] })
  t.equal(one, 'one listener for both directions')
  t.same([dials.own, dials.inbound], ['loopback', 'loopback'])
  t.equal(proxyOf({ nat: [...out, inward, '-A PREROUTING -p tcp --dport 15008 -j RETURN'] })[0], undefined, 'a slip')

  const tproxy = '-A PREROUTING ! -d 127.0.0.1/32 -p tcp -j TPROXY --on-port 15006 --tproxy-mark 1337/0xffffffff'
  const restoring = '-A OUTPUT -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark'
  const [older, onLoopback] = proxyOf({ nat: out, mangle: [tproxy] })
  t.equal(older, 'dialling what comes in on loopback')
  t.equal(onLoopback.inbound, 'loopback')
  t.equal(proxyOf({ nat: out, mangle: [tproxy, restoring] })[0], undefined)

  const marked = '-m mark ! --mark 0x539/0xfff'
  const ambient = [
    ':ISTIO_OUTPUT - [0:0]',
    '-A OUTPUT -j ISTIO_OUTPUT',
    `-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -p tcp ${marked} -j REDIRECT --to-ports 15001`,
    `-A PREROUTING ! -d 127.0.0.1/32 -p tcp ! --dport 15008 ${marked} -j REDIRECT --to-ports 15006`,
  ]
  const [ztunnel, its] = proxyOf({
    nat: ambient,
    mangle: ['-A OUTPUT -m connmark --mark 0x111/0xfff -j CONNMARK --restore-mark'],
  })
  t.match(ztunnel, /^ztunnel/)
  t.same([its.mark, its.inbound], [0x539, { from: 'client', mark: 0x539 }])
  t.same(proxyOf({ nat: ambient })[1].inbound, 'loopback', 'nat alone does not show how answers come back')
})

t.test('no two meshes are known by the same chains', async (t) => {
  const begins = [...meshes.values()].flatMap(({ chains = [] }) => chains)
  for (const begin of begins)
    t.same(
      begins.filter((other) => other.startsWith(begin)),
      [begin],
    )
  t.ok([...meshes.values()].every((mesh) => mesh.profile(mesh.releases.at(-1) ?? '').listeners.some(isCapturing)))
})

t.test('whoever is spared beside the proxy, by a range, does not make it another one', (t) => {
  const rules = (...spares: string[]) => [
    ...[':MESH_OUTBOUND - [0:0]', '-A OUTPUT -p tcp -j MESH_OUTBOUND', ...spares],
    '-A MESH_OUTBOUND -p tcp -j REDIRECT --to-ports 15001',
  ]
  const own = '-A MESH_OUTBOUND -m owner --uid-owner 5678 -j RETURN'
  const range = '-A MESH_OUTBOUND -m owner --uid-owner 106-108 -j RETURN'
  t.equal(worked(rules(own, range)), 'kuma, from MESH_OUTBOUND* chains, 15001, UID 5678')
  t.match(worked(rules(range)), /^their MESH_OUTBOUND\* chains are Kuma's, but that does not fit its proxy/)
  t.end()
})
