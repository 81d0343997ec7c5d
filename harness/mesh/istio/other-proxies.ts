import type { ProfileRequest } from '../mesh.ts'
import type { Profile } from '../profile.ts'
import { istioProfile } from './profile.ts'

/**
 * Proxies of Istio's that no built-in release makes rules for. Before its rules spoke of 15008, 15001 could be for both
 * directions: the listener there hands over what is for a declared port of the pod to one that dials loopback
 * (tools/packaging/common/istio-iptables.sh, where INBOUND_CAPTURE_PORT is PROXY_PORT unless it is said). Up to 1.9 TPROXY brings the client's address to the
 * proxy, and no further: what comes in is dialled on loopback, and no rule marks its answers.
 */
export function otherProxies(request: ProfileRequest): readonly Profile[] {
  const [plain, transparent] = (['REDIRECT', 'TPROXY'] as const).map((interceptionMode) =>
    istioProfile('1.17', { ...request, config: { interceptionMode } }),
  ) as [Profile, Profile]
  const onLoopback = { inbound: 'loopback', outbound: 'service' } as const
  return [
    {
      ...plain,
      unlike: 'one listener for both directions',
      neverNames: [15008],
      listeners: plain.listeners.filter(({ name }) => name !== 'inbound' && name !== 'health'),
      dialsOn: { ...onLoopback, own: 'loopback' },
    },
    { ...transparent, unlike: 'dialling what comes in on loopback', dialsOn: onLoopback },
    ztunnel(plain),
    // A text of table nat alone does not show how answers to the client's address come back.
    {
      ...ztunnel(plain),
      unlike: `${ambient}; assumed to dial what comes in on loopback, since no rule marks it for the way back`,
      dialsOn: { ...onLoopback, mark: own },
    },
  ]
}

/** The mark of ztunnel's sockets, and that of connections which it has dialled (cni/pkg/iptables in istio/istio). */
const [own, inbound] = [0x539, 0x111]
const ambient = 'ztunnel of ambient mode, by its mark 0x539'
/** From where a node probes pods, so that ztunnel need not (HostProbeSNATAddress in cni/pkg/config). */
const probes = ['169.254.7.127/32', 'fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128']

/**
 * Ambient mode: ztunnel listens in the pod's network namespace and marks what it dials; what comes in keeps its
 * client's address, and an `ip rule` brings the answers back.
 */
function ztunnel(plain: Profile): Profile {
  const tcp = { protocol: 'tcp', on: 'any' } as const
  const routed = (['ipv4', 'ipv6'] as const).map((family) => ({ family, table: 100 }))
  return {
    ...plain,
    unlike: ambient,
    families: ['ipv4', 'ipv6'],
    proxy: { uid: 0, gid: 1337, groups: [] },
    spares: { uids: [], gids: [] },
    listeners: [
      { ...tcp, name: 'outbound', port: 15001, captures: 'outbound', speaks: 'relay' },
      { ...tcp, name: 'inbound', port: 15006, captures: 'inbound', speaks: 'relay' },
      { ...tcp, name: 'tunnel', port: 15008, captures: 'inbound', speaks: 'relay' },
      ...(['udp', 'tcp'] as const).map(
        (protocol) => ({ protocol, on: 'any', name: 'dns', port: 15053, captures: 'dns', speaks: 'dns' }) as const,
      ),
    ],
    dialsOn: { inbound: { from: 'client', mark: own }, outbound: 'service', mark: own },
    beside: {
      rules: routed.map((each) => ({ ...each, fwmark: inbound, mask: 0xfff })),
      routes: routed.map((each) => ({
        ...each,
        destination: each.family === 'ipv4' ? '0.0.0.0/0' : '::/0',
        type: 'local',
        dev: 'lo',
      })),
      loopbackAddresses: [],
    },
    leftAlone: { inbound: [15008], outbound: [], ranges: probes },
  }
}
