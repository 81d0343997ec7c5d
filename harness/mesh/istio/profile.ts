import type { Family } from '../../core/address.ts'
import type { DialsOn, Listener } from '../../flow/listener.ts'
import { noRouting, type PolicyRouting } from '../../flow/policy-routing.ts'
import type { ProfileRequest } from '../mesh.ts'
import type { Profile } from '../profile.ts'
import { annotationNames } from './annotation-names.ts'
import type { Arguments } from './arguments.ts'
import { argumentsOf, familiesOf } from './build.ts'
import { split } from './go-values.ts'
import { type Release, resolveRelease } from './releases.ts'
import { readSettings, type Settings } from './settings.ts'

const empty: ProfileRequest = { config: {}, podAnnotations: {}, podIPs: [] }

/**
 * Istio's promise in one release for a pod. Its proxy runs as 1337:1337, and under TPROXY as 0:1337, since taking
 * connections to foreign addresses takes root; what its rules spare is the same.
 * @throws HarnessError (`input`) if no built-in release is meant, or the config is none of Istio's.
 */
export function istioProfile(version: string, request = empty): Profile {
  const release = resolveRelease(version)
  const settings = readSettings(release, request)
  const args = argumentsOf(release, settings)
  const unknown = whatIsUnknown(release, args)
  const isTransparent = args?.mode === 'TPROXY'
  const families = familiesOf(args ?? { dualStack: false }, request.podIPs)
  const uids = split(args?.proxyUIDs ?? '1337').map(Number)
  const gids = split(args?.proxyGIDs ?? '1337').map(Number)
  return {
    mesh: 'istio',
    release,
    proxy: { uid: isTransparent ? 0 : (uids[0] ?? 1337), gid: gids[0] ?? 1337, groups: [] },
    spares: { uids, gids },
    listeners: listenersOf(release, settings, args),
    families,
    dialsOn: {
      inbound: inboundDials(release, isTransparent),
      outbound: 'service',
      ...(args?.redirectDNS && { dns: { servers: settings.mesh.dnsServers } }),
    },
    beside: args === undefined ? noRouting : routing(args, families),
    leftAlone: {
      inbound: args === undefined ? [] : leftAlone(release, args),
      outbound: portsOf(args?.excludeOutboundPorts ?? ''),
    },
    ...(unknown !== undefined && { unknown }),
  }
}

/**
 * 1.5 has inbound connections go to 15001 by TPROXY, or where not every port is captured
 * (tools/istio-iptables/pkg/cmd/run.go at 1.5.10). The listener there, virtualOutbound, hands them to whatever else
 * Pilot has made for their original destination (`UseOriginalDst`, pilot/pkg/networking/core/v1alpha3/
 * listener_builder.go): a port that a service of the pod declares has a listener at the pod's address, which dials the
 * application on loopback. Any other port falls to the HTTP listener at 0.0.0.0 that it has as soon as a service
 * anywhere in the mesh uses that number, whose routes then decide; and only without one to a filter chain that closes
 * what is for the pod's own address (PILOT_RESTRICT_POD_UP_TRAFFIC_LOOP). Neither rules nor config tell which ports
 * the mesh's services use, so nothing is promised.
 */
function whatIsUnknown(release: Release, args: Arguments | undefined): string | undefined {
  if (release !== '1.5' || args === undefined) return undefined
  const what =
    'istio@1.5 sends inbound connections to 15001 then, and what its proxy does with them depends on services elsewhere in the mesh'
  if (args.mode === 'TPROXY') return `interceptionMode: ${what}; ask for REDIRECT, or a later release`
  return args.includeInboundPorts === '*'
    ? undefined
    : `${annotationNames.includeInboundPorts}: ${what}; ask for "*", or a later release`
}

const tcp = { protocol: 'tcp', on: 'any' } as const

/** What listens in a pod (pilot/pkg/networking/core, the bootstrap template of pilot-agent). */
function listenersOf(release: Release, { mesh, pod, metadata }: Settings, args: Arguments | undefined): Listener[] {
  const statusPort = Number(pod.statusPort ?? mesh.statusPort)
  const dns = { name: 'dns', port: 15053, on: 'loopback', captures: 'dns', speaks: 'dns' } as const
  return [
    { ...tcp, name: 'outbound', port: 15001, captures: 'outbound', speaks: 'relay' },
    {
      ...tcp,
      name: 'inbound',
      port: 15006,
      captures: 'inbound',
      speaks: 'relay',
      ...(args?.mode === 'TPROXY' && { transparent: true }),
    },
    { ...tcp, name: 'admin', port: 15000, on: 'loopback', speaks: 'admin' },
    ...(statusPort === 0 ? [] : [{ ...tcp, name: 'status', port: statusPort, speaks: 'http' } as const]),
    ...(release === '1.5' ? [] : [{ ...tcp, name: 'health', port: 15021, speaks: 'http' } as const]),
    { ...tcp, name: 'metrics', port: 15090, speaks: 'http' },
    ...(metadata['ISTIO_META_ENABLE_HBONE'] === 'true'
      ? [{ ...tcp, name: 'tunnel', port: 15008, speaks: 'http' } as const]
      : []),
    ...(args?.redirectDNS ? [{ ...dns, protocol: 'udp' } as const, { ...dns, protocol: 'tcp' } as const] : []),
  ]
}

/**
 * Up to 1.9 the ports that a service declares are dialled on loopback; from 1.10 on everything as it was dialled, from
 * an address that the rules leave alone. Under TPROXY the client's address is kept, and a mark says so (Envoy's filter
 * original_src).
 */
function inboundDials(release: Release, isTransparent: boolean): DialsOn['inbound'] {
  if (isTransparent) return { from: 'client', mark: 1337 }
  const from = { ipv4: '127.0.0.6', ipv6: '::6' }
  return release === '1.5' ? { from, servicePorts: 'loopback' } : { from }
}

/**
 * What goes with the rules: `fwmark 1337` looks up a table in which everything is local (tools/common/tproxy), and ::6
 * is put on lo.
 */
function routing(args: Arguments, families: readonly Family[]): PolicyRouting {
  const isMarked = args.mode === 'TPROXY' && args.includeInboundPorts !== ''
  const marked = isMarked ? families : []
  return {
    rules: marked.map((family) => ({ family, fwmark: 1337, table: 133 })),
    routes: marked.map((family) => ({
      family,
      table: 133,
      destination: family === 'ipv4' ? '0.0.0.0/0' : '::/0',
      type: 'local',
      dev: 'lo',
    })),
    loopbackAddresses: families.includes('ipv6') ? ['::6'] : [],
  }
}

/**
 * Inbound ports that are not captured, where any other is. Under TPROXY the tunnel port is, too: its exemption stands
 * in nat.
 */
function leftAlone(release: Release, args: Arguments): number[] {
  if (args.includeInboundPorts !== '*') return []
  const first = release === '1.5' ? [22] : args.mode === 'TPROXY' ? [] : [15008]
  return [...new Set([...first, ...portsOf(args.excludeInboundPorts)])]
}

/** What in a list is a port by its number; by Helm there may be ranges and names, too. */
const portsOf = (list: string): number[] => split(list).map(Number).filter(Number.isInteger)
