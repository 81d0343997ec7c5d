import t from 'tap'
import * as v from 'valibot'
import type { DialsOn, Listener } from '../../../harness/flow/listener.ts'
import { listeningPorts } from '../../../harness/flow/listener.ts'
import { findMesh } from '../../../harness/mesh/index.ts'
import { makeBootstrap } from '../../../harness/agent/envoy/bootstrap.ts'
import { typeUrls } from '../../../harness/agent/envoy/type-urls.ts'

const paths = {
  log: '/run/e/log',
  admin: '/run/e/admin',
  sentinel: '/run/e/sentinel',
  answering: (who: string) => `/run/e/${who}`,
}
const { listeners: own, dialsOn: onLoopback } = findMesh('osm').profile('1.2')
const services = [
  { at: { address: '10.96.0.10', port: 80 }, to: { address: '10.244.0.5', port: 8080 } },
  { at: { address: '10.96.0.20', port: 80 }, to: { address: '10.244.0.5', port: 15000 } },
]
const podAddresses = ['10.244.0.5', 'fd00::5']

/** The fields of Envoy's v3 API that are used, as release 1.40 documents them; any other name is refused. */
const typed = (...urls: string[]) => v.looseObject({ '@type': v.picklist(urls) })
const address = v.union([
  v.strictObject({ socket_address: v.strictObject({ address: v.string(), port_value: v.number() }) }),
  v.strictObject({ pipe: v.strictObject({ path: v.pipe(v.string(), v.maxLength(107)), mode: v.literal(0o777) }) }),
])
const input = v.strictObject({
  name: v.string(),
  typed_config: typed(typeUrls.sourcePort, typeUrls.destinationPort, typeUrls.destinationAddress),
})
const valueMatch = v.union([
  v.strictObject({ exact: v.string() }),
  v.strictObject({ safe_regex: v.strictObject({ google_re2: v.strictObject({}), regex: v.string() }) }),
])
type Predicate =
  | { single_predicate: v.InferOutput<typeof single> }
  | { and_matcher: { predicate: Predicate[] } }
  | { or_matcher: { predicate: Predicate[] } }
const single = v.strictObject({ input, value_match: valueMatch })
const several = v.strictObject({
  predicate: v.pipe(v.array(v.lazy((): v.GenericSchema<Predicate> => predicate)), v.minLength(2)),
})
const predicate: v.GenericSchema<Predicate> = v.union([
  v.strictObject({ single_predicate: single }),
  v.strictObject({ and_matcher: several }),
  v.strictObject({ or_matcher: several }),
])
const action = v.strictObject({
  action: v.strictObject({
    name: v.string(),
    typed_config: v.strictObject({ '@type': v.literal(typeUrls.chainName), value: v.string() }),
  }),
})
const filter = v.strictObject({
  name: v.string(),
  typed_config: typed(typeUrls.tcpProxy, typeUrls.httpManager, typeUrls.setFilterState),
})
const listener = v.strictObject({
  name: v.string(),
  address,
  stat_prefix: v.optional(v.picklist(['outbound', 'inbound'])),
  additional_addresses: v.optional(v.array(v.strictObject({ address }))),
  listener_filters: v.optional(
    v.array(
      v.strictObject({ name: v.string(), typed_config: typed(typeUrls.originalDestination, typeUrls.originalSource) }),
    ),
  ),
  transparent: v.optional(v.literal(true)),
  filter_chain_matcher: v.optional(
    v.strictObject({
      matcher_list: v.strictObject({ matchers: v.array(v.strictObject({ predicate, on_match: action })) }),
    }),
  ),
  filter_chains: v.array(v.strictObject({ name: v.string(), filters: v.array(filter) })),
})
const cluster = v.strictObject({
  name: v.string(),
  type: v.picklist(['STATIC', 'ORIGINAL_DST']),
  lb_policy: v.optional(v.literal('CLUSTER_PROVIDED')),
  connect_timeout: v.string(),
  cleanup_interval: v.optional(v.string()),
  load_assignment: v.optional(
    v.strictObject({
      cluster_name: v.string(),
      endpoints: v.array(
        v.strictObject({ lb_endpoints: v.array(v.strictObject({ endpoint: v.strictObject({ address }) })) }),
      ),
    }),
  ),
  upstream_bind_config: v.optional(
    v.strictObject({
      source_address: v.optional(v.strictObject({ address: v.string(), port_value: v.literal(0) })),
      socket_options: v.array(
        v.strictObject({
          level: v.number(),
          name: v.number(),
          int_value: v.number(),
          state: v.literal('STATE_PREBIND'),
        }),
      ),
    }),
  ),
})
const bootstrap = v.strictObject({
  node: v.strictObject({ id: v.string(), cluster: v.string() }),
  admin: v.strictObject({ address }),
  static_resources: v.strictObject({ listeners: v.array(listener), clusters: v.array(cluster) }),
})

const make = (
  families: readonly ('ipv4' | 'ipv6')[],
  served = services,
  table: readonly Listener[] = own,
  dialsOn: DialsOn = onLoopback,
) =>
  v.parse(bootstrap, makeBootstrap({ families, listeners: table, services: served, podAddresses, dialsOn }, paths))
    .static_resources

for (const families of [['ipv4'], ['ipv6'], ['ipv4', 'ipv6']] as const) {
  t.test(`${families.join(' and ')}: every name means something`, async (t) => {
    const { listeners, clusters } = make(families)
    const known = new Set(clusters.map(({ name }) => name))
    t.equal(known.size, clusters.length, 'clusters have names of their own')
    t.equal(new Set(listeners.map(({ name }) => name)).size, listeners.length, 'listeners have names of their own')
    for (const { name, filter_chains: chains, filter_chain_matcher: matcher } of listeners) {
      const named = chains.map((chain) => chain.name)
      t.equal(new Set(named).size, named.length, `${name}: chains have names of their own`)
      for (const { on_match } of matcher?.matcher_list.matchers ?? [])
        t.ok(named.includes(on_match.action.name), on_match.action.name)
      for (const { typed_config: config } of chains.flatMap(({ filters }) => filters)) {
        const to = config['cluster']
        if (to !== undefined) t.ok(known.has(to as string), `${name} passes on to ${to}`)
      }
    }
  })

  t.test(
    `${families.join(' and ')}: it listens where the profile says, on every address of these families alone`,
    async (t) => {
      const open = make(families).listeners.flatMap(({ address, additional_addresses: others = [] }) =>
        [address, ...others.map((other) => other.address)].flatMap((at) => ('pipe' in at ? [] : [at.socket_address])),
      )
      const wildcards = families.map((family) => (family === 'ipv4' ? '0.0.0.0' : '::'))
      const loopbacks = families.map((family) => (family === 'ipv4' ? '127.0.0.1' : '::1'))
      for (const port of listeningPorts(own)) {
        const addresses = open.filter(({ port_value }) => port_value === port).map(({ address }) => address)
        t.same(addresses, port === 15000 ? loopbacks : wildcards, `${port}`)
      }
      t.equal(open.length, 8 * families.length)
    },
  )
}

t.test('both listeners for captured traffic restore the original destination, the others do not', async (t) => {
  const { listeners } = make(['ipv4'])
  t.same(
    listeners.flatMap(({ name, listener_filters: filters }) => (filters === undefined ? [] : [name])),
    ['outbound', 'inbound'],
  )
})

t.test('inbound passes on to loopback, outbound to where it was meant for', async (t) => {
  const { listeners } = make(['ipv4', 'ipv6'])
  const destinations = (at: string) =>
    JSON.stringify(listeners.find(({ name }) => name === at)).match(
      /"inline_string":"[^"]*:%DOWNSTREAM_LOCAL_PORT%"/g,
    ) ?? []
  t.same(
    [...new Set(destinations('inbound'))],
    ['"inline_string":"127.0.0.1:%DOWNSTREAM_LOCAL_PORT%"', '"inline_string":"[::1]:%DOWNSTREAM_LOCAL_PORT%"'],
  )
  t.same(destinations('outbound'), [])
})

const passthrough = { ipv4: '127.0.0.6', ipv6: '::6' }

t.test(
  'inbound passes on to the original destination from an address of its own, ports of services to loopback',
  async (t) => {
    const dialsOn: DialsOn = { inbound: { from: passthrough, servicePorts: 'loopback' }, outbound: 'service' }
    const { listeners, clusters } = make(['ipv4', 'ipv6'], services, own, dialsOn)
    const inbound = listeners.find(({ name }) => name === 'inbound')
    const chains =
      inbound?.filter_chains.map(({ name, filters }) => [
        name,
        filters.length,
        filters.at(-1)?.typed_config['cluster'],
      ]) ?? []
    t.same(
      chains.filter(([name]) => /^inbound, /.test(`${name}`)),
      [
        ['inbound, ipv4, service port', 2, 'inbound'],
        ['inbound, ipv4', 1, 'inbound from 127.0.0.6'],
        ['inbound, ipv6, service port', 2, 'inbound'],
        ['inbound, ipv6', 1, 'inbound from ::6'],
      ],
      'a chain of two filters sets the destination',
    )
    const bound = clusters.flatMap(({ name, upstream_bind_config: bind }) =>
      bind?.source_address ? [[name, bind.source_address.address]] : [],
    )
    t.same(bound.slice(-2), [
      ['inbound from 127.0.0.6', '127.0.0.6'],
      ['inbound from ::6', '::6'],
    ])
  },
)

t.test('a client may be kept', async (t) => {
  const table = own.map(
    (listener): Listener => (listener.name === 'inbound' ? { ...listener, transparent: true } : listener),
  )
  const { listeners } = make(['ipv4'], [], table, { inbound: { from: 'client', mark: 1337 }, outbound: 'service' })
  const inbound = listeners.find(({ name }) => name === 'inbound')
  t.equal(inbound?.transparent, true)
  t.match(inbound?.listener_filters, [{}, { typed_config: { '@type': typeUrls.originalSource, mark: 1337 } }])
  t.notMatch(JSON.stringify(inbound), /DOWNSTREAM_LOCAL_PORT/)
})

t.test('loops come first, then services, then the own ports, then all else', async (t) => {
  const { listeners } = make(['ipv4'])
  const chosen = (at: string) =>
    listeners
      .find(({ name }) => name === at)
      ?.filter_chain_matcher?.matcher_list.matchers.map(({ on_match }) => on_match.action.name)
  t.same(chosen('outbound'), [
    'looped',
    'inbound>outbound, service 0',
    'self',
    'outbound, service 0',
    'self',
    'self',
    'inbound>outbound, ipv4',
    'outbound, ipv4',
  ])
  t.same(chosen('inbound'), ['looped', 'self', 'outbound>inbound, ipv4', 'inbound, ipv4'])
})

t.test('a service is a cluster with its endpoint', async (t) => {
  const served = make(['ipv4']).clusters.find(({ name }) => name === 'outbound, service 0')
  t.match(served?.load_assignment?.endpoints[0]?.lb_endpoints, [
    { endpoint: { address: { socket_address: { address: '10.244.0.5', port_value: 8080 } } } },
  ])
})
