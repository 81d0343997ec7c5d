import type { BuildRequest } from '../../../harness/mesh/mesh.ts'
import { annotationNames } from '../../../harness/mesh/istio/annotation-names.ts'
import type { Arguments } from '../../../harness/mesh/istio/arguments.ts'
import { argumentsOf, buildPayload, familiesOf } from '../../../harness/mesh/istio/build.ts'
import { metadataSince } from '../../../harness/mesh/istio/fields.ts'
import { generate } from '../../../harness/mesh/istio/generate.ts'
import { split } from '../../../harness/mesh/istio/go-values.ts'
import { readSettings } from '../../../harness/mesh/istio/settings.ts'
import type { Builder } from '../by-model.ts'

const release = '1.31'

interface Asked {
  config: Record<string, unknown>
  podAnnotations: Record<string, string>
  podIPs: string[]
  proxyMetadata: Record<string, string>
}

/** A builder that hears something else than it is told. */
function hears(change: (asked: Asked) => void): Builder {
  return (request) => {
    const { config, podAnnotations, podIPs } = structuredClone(request)
    const { proxyMetadata = {}, ...rest } = config as { proxyMetadata?: Record<string, string> }
    const asked = { config: rest, podAnnotations: { ...podAnnotations }, podIPs: [...podIPs], proxyMetadata }
    change(asked)
    return buildPayload(release, {
      ...request,
      ...asked,
      config: { ...asked.config, proxyMetadata: asked.proxyMetadata },
    })
  }
}

/** One that hears all, and makes rules of something else. @param servers what becomes of the DNS servers. */
function makes(
  change: (args: Arguments, request: BuildRequest) => Partial<Arguments>,
  servers = (all: readonly string[]) => all,
): Builder {
  return (request) => {
    const settings = readSettings(release, request)
    const right = argumentsOf(release, settings)
    if (right === undefined) return ''
    const args = { ...right, ...change(right, request) }
    if (!familiesOf(args, request.podIPs, request.family).includes(request.family)) return ''
    return generate(release, args, request.family, servers(settings.mesh.dnsServers))
  }
}

const fields = [
  ...[
    'includeIPRanges',
    'excludeIPRanges',
    'includeInboundPorts',
    'excludeInboundPorts',
    'includeOutboundPorts',
    'excludeOutboundPorts',
  ],
  ...['statusPort', 'interceptionMode', 'cni', 'proxyUID', 'proxyGID', 'dnsServers'],
]
const replaced = {
  includeIPRanges: annotationNames.includeOutboundIPRanges,
  excludeIPRanges: annotationNames.excludeOutboundIPRanges,
  includeInboundPorts: annotationNames.includeInboundPorts,
  excludeInboundPorts: annotationNames.excludeInboundPorts,
  includeOutboundPorts: annotationNames.includeOutboundPorts,
  excludeOutboundPorts: annotationNames.excludeOutboundPorts,
}
const numbers = ['includeInboundPorts', 'excludeInboundPorts', 'includeOutboundPorts', 'excludeOutboundPorts'] as const
const ranges = ['includeOutboundRanges', 'excludeOutboundRanges'] as const
const ids = ['proxyUIDs', 'proxyGIDs', 'ownerGroups', 'excludeOwnerGroups'] as const
const lists = [...numbers, ...ranges, ...ids, 'excludeInterfaces', 'rerouteInterfaces'] as const

const isIPv6 = (range: string): boolean => range.includes(':')
type ListFault = (list: string[]) => string[]
const inAnyList: Readonly<Record<string, ListFault>> = {
  'the first lost': (list) => list.slice(1),
  'the second lost': (list) => list.filter((_, index) => index !== 1),
  'the last lost': (list) => list.slice(0, -1),
  'the first alone': (list) => list.slice(0, 1),
  'the last alone': (list) => list.slice(-1),
  'two at most': (list) => list.slice(0, 2),
  'four at most': (list) => list.slice(0, 4),
}
const inPorts: Readonly<Record<string, ListFault>> = {
  'fifteen at most': (list) => list.slice(0, 15),
  'those with spaces lost': (list) => list.filter((port) => port === port.trim()),
  'those above 32767 lost': (list) => list.filter((port) => Number(port) <= 32_767),
  'those below 1024 lost': (list) => list.filter((port) => Number(port) >= 1024),
  'the next ones': (list) => list.map((port) => String(Number(port) + 1)),
  'the ones before': (list) => list.map((port) => String(Number(port) - 1)),
}
const length = (family: (range: string) => boolean, to: (length: number) => number): ListFault => {
  const changed = (range: string): string => range.replace(/\d+$/, (digits) => String(to(Number(digits))))
  return (list) => list.map((range) => (family(range) ? changed(range) : range))
}
const isIPv4 = (range: string): boolean => !isIPv6(range)
const inRanges: Readonly<Record<string, ListFault>> = {
  'IPv4 lost': (list) => list.filter(isIPv6),
  'IPv6 lost': (list) => list.filter(isIPv4),
  'IPv4 by whole bytes, larger': length(isIPv4, (bits) => Math.floor(bits / 8) * 8),
  'IPv4 by whole bytes, smaller': length(isIPv4, (bits) => Math.ceil(bits / 8) * 8),
  'IPv6 by /64': length(isIPv6, () => 64),
  'one address of each': (list) => list.map((range) => range.replace(/\d+$/, isIPv6(range) ? '128' : '32')),
  'every address lost': (list) => list.filter((range) => !range.endsWith('/0')),
}
const inServers: Readonly<Record<string, ListFault>> = {
  ...inAnyList,
  'the IPv4 ones lost': (list) => list.filter(isIPv6),
  'the IPv6 ones lost': (list) => list.filter(isIPv4),
  'those on loopback lost': (list) => list.filter((server) => !server.startsWith('127.')),
}

function listFaults(): [string, Builder][] {
  const into = (field: (typeof lists)[number], faults: Readonly<Record<string, ListFault>>) =>
    Object.entries(faults).map(([fault, change]): [string, Builder] => [
      `${field}: ${fault}`,
      makes((args) =>
        args[field] === '*' || args[field] === '' ? {} : { [field]: change(split(args[field])).join(',') },
      ),
    ])
  return [
    ...lists.flatMap((field) => into(field, inAnyList)),
    ...numbers.flatMap((field) => into(field, inPorts)),
    ...ranges.flatMap((field) => into(field, inRanges)),
    ...Object.entries(inServers).map(([fault, change]): [string, Builder] => [
      `dnsServers: ${fault}`,
      makes(
        () => ({}),
        (all) => change([...all]),
      ),
    ]),
  ]
}

function deafness(): [string, Builder][] {
  const one = (title: string, change: (asked: Asked) => void): [string, Builder] => [title, hears(change)]
  const without = (name: string, in_: (asked: Asked) => Record<string, unknown>) => (asked: Asked) =>
    void delete in_(asked)[name]
  return [
    ...fields.map((name) =>
      one(
        `deaf to ${name}`,
        without(name, ({ config }) => config),
      ),
    ),
    ...Object.values(annotationNames).map((name) =>
      one(
        `deaf to ${name}`,
        without(name, ({ podAnnotations }) => podAnnotations),
      ),
    ),
    ...Object.keys(metadataSince).map((name) =>
      one(
        `deaf to ${name}`,
        without(name, ({ proxyMetadata }) => proxyMetadata),
      ),
    ),
    ...Object.entries(replaced).flatMap(([field, name]) => [
      one(`${field}: the mesh's word is the last`, ({ config, podAnnotations }) => {
        if (field in config) delete podAnnotations[name]
      }),
      one(`${field}: both words count`, ({ config, podAnnotations }) => {
        const words = [config[field], podAnnotations[name]].filter((word) => word !== undefined && word !== '')
        if (words.length > 1) podAnnotations[name] = words.join(',')
      }),
      one(`${field}: an empty annotation is none`, ({ podAnnotations }) => {
        if (podAnnotations[name] === '') delete podAnnotations[name]
      }),
    ]),
    one("a pod's proxyMetadata replaces the mesh's", (asked) => {
      if (asked.podAnnotations[annotationNames.proxyConfig]?.includes('proxyMetadata')) asked.proxyMetadata = {}
    }),
    one('the first address tells the family', (asked) => void asked.podIPs.splice(1)),
    one('the CNI plugin is an init container', (asked) => void delete asked.config['cni']),
    one('an init container is the CNI plugin', (asked) => {
      asked.config['cni'] = true
    }),
  ]
}

/**
 * Faults in what a builder of istio@1.31 makes of config and annotations: each option unheard, each list cut wherever
 * it can be.
 */
export const configFaults: readonly (readonly [fault: string, builder: Builder])[] = [
  ...deafness(),
  ...listFaults(),
  ['the groups are the users', makes(({ proxyUIDs }) => ({ proxyGIDs: proxyUIDs }))],
  ['the groups are 1337', makes(() => ({ proxyGIDs: '1337' }))],
  ['TPROXY is REDIRECT', makes(() => ({ mode: 'REDIRECT' }))],
  [
    'no range is every range',
    makes(({ includeOutboundRanges: all }) => ({ includeOutboundRanges: all === '' ? '*' : all })),
  ],
  [
    'no inbound port is every port',
    makes(({ includeInboundPorts: all }) => ({ includeInboundPorts: all === '' ? '*' : all })),
  ],
  ['no group is every group', makes(({ ownerGroups: all }) => ({ ownerGroups: all === '' ? '*' : all }))],
  ['dual stack never', makes(() => ({ dualStack: false }))],
  ['every query is captured', makes(({ redirectDNS }) => ({ captureAllDNS: redirectDNS }))],
  ['queries to listed servers alone are captured', makes(() => ({ captureAllDNS: false }))],
  ['loopback is 127.0.0.0/8', makes(() => ({ loopbackRange: '127.0.0.0/8' }))],
  ['loopback is 127.0.0.1', makes(() => ({ loopbackRange: '127.0.0.1/32' }))],
  ...['15020', '15021', '15090', '22', '15000'].map((port): [string, Builder] => [
    `${port} is exempt inbound, and is not where it should be`,
    makes(({ excludeInboundPorts }) => {
      const ports = split(excludeInboundPorts)
      return {
        excludeInboundPorts: (ports.includes(port) ? ports.filter((each) => each !== port) : [...ports, port]).join(
          ',',
        ),
      }
    }),
  ]),
  [
    '15020 is left alone outbound',
    makes(({ excludeOutboundPorts }) => ({ excludeOutboundPorts: `${excludeOutboundPorts},15020` })),
  ],
]
