import type { Endpoint } from './endpoint.ts'
import type { Identity } from './identity.ts'
import type { Protocol } from './flow.ts'

/** An application in the pod (or behind its inner bridge) that listens on one port. */
export interface App {
  port: number
  protocol: Exclude<Protocol, 'icmp'>
  /** Where it listens: every address, the pod's own address on eth0, loopback, or a literal one. */
  bind: 'any' | 'pod' | 'lo' | (string & {})
  identity: Identity
}

/** A host with the addresses its interface has at both ends. Prefix lengths are part of the text: `10.244.0.5/24`. */
export interface Link {
  name: string
  pod: { ipv4: string; ipv6: string }
  peer: { ipv4: string; ipv6: string }
}

/** Everything around the rules: the pod's interfaces and applications, the services its proxy knows, and what the peers refuse. */
export interface Topology {
  links: readonly Link[]
  apps: readonly App[]
  /** An address that the stub resolves to an endpoint, as Envoy's cluster does. */
  services: readonly { at: Endpoint; to: Endpoint }[]
  /** Ports where nobody listens, on peers or in the pod, although a flow is sent there. */
  closed: readonly Endpoint[]
  /** `down`: the pod's listeners are closed. `killed`: the stub's process is killed once everything is ready. */
  proxy: 'up' | 'down' | 'killed'
  /** A bridge in the pod with a namespace behind it, as docker0 or KubeVirt makes one; its prefix, such as `172.17.0.0/24`. */
  inner?: { bridge: string; bridgeAddress: string; address: string; prefix: number }
}
