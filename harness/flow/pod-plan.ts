import type { AddressPort, Family } from '../core/address.ts'
import type { PortRange } from '../core/port-range.ts'
import type { Backend } from './backend.ts'
import type { Flow } from './flow.ts'
import type { Credentials } from './identity.ts'
import type { DialsOn, Listener } from './listener.ts'
import type { RuleText } from './ruleset.ts'

/**
 * An interface of the pod and the host at its other end, the peer. Prefix lengths are part of the text:
 * `10.244.0.5/24`.
 */
export interface Link {
  name: string
  pod: Readonly<Record<Family, string>>
  peer: Readonly<Record<Family, string>>
  /**
   * The networks that its other end has beside the link's own ones: containers on a bridge, pods, a VM. They have
   * nothing else, and send the pod whatever is for others. Without it the other end is the way to everybody else.
   */
  behind?: readonly string[]
  /** Addresses of nobody that the other end sends the pod what is for, such as those of services. */
  routed?: readonly string[]
}

/** A bridge in the pod with a namespace behind it, as docker0 or KubeVirt makes one. */
export interface InnerNetwork {
  bridge: string
  bridgeAddress: string
  /** That of the namespace behind it. */
  address: string
  /** How long its prefix is, such as 24. */
  prefix: number
}

/** `down`: none of the proxy's listeners is there. `killed`: its process is killed once everything is ready. */
export type ProxyState = 'up' | 'down' | 'killed'

/** An application that listens in the pod. */
export interface AppPlan {
  protocol: 'tcp' | 'udp'
  /** A literal address; `::` is every address of both families. */
  address: string
  port: number
  credentials: Credentials
  /** What it says to whoever connects. */
  conversation?: NonNullable<Flow['conversation']>
}

/** A socket that an application listens on: `0.0.0.0` is every address of IPv4. */
export type AppSocket = Omit<AppPlan, 'protocol' | 'conversation'>

/** What one peer answers: TCP on these addresses, where `::` is every one, and UDP on each of these. */
export interface PeerPlan {
  /** Whose other end it stands at. */
  interface: string
  tcp: readonly (AddressPort & { conversation?: NonNullable<Flow['conversation']> })[]
  udp: readonly AddressPort[]
  /** Rules of the peer's own, such as ones that lose packets. */
  rules?: readonly RuleText[]
}

export interface ProxyPlan {
  credentials: Credentials
  state: ProxyState
  /** On which families its listeners are. */
  families: readonly Family[]
  /** Where it listens: the profile's table. */
  listeners: readonly Listener[]
  dialsOn: DialsOn
  services: readonly { at: AddressPort; to: AddressPort }[]
  /** The source ports of what it dials on. */
  dialPorts: {
    /** What the stub takes them from, one after the other. */
    ranges: readonly PortRange[]
    /** Some of them, of which the rules say the same as of all. */
    representative: PortRange
  }
  /** The Envoy to run in the stub's place: its path in the sandbox. */
  envoy?: string
}

/**
 * A pod with nothing symbolic left in it: everything but the rules that are loaded into it and the flows that are sent
 * through them. Whoever is to listen is told here: no flow adds to that.
 */
export interface PodPlan {
  links: readonly Link[]
  inner?: InnerNetwork
  /** Addresses that the pod's loopback interface has beside its own. */
  loopback?: readonly string[]
  /** net.ipv4.conf.all.route_localnet: what comes in by an interface may be for a loopback address. */
  routeLocalnet?: true
  /** Families of which it forwards what is for others: by default both where it has a bridge, and otherwise none. */
  forwards?: readonly Family[]
  /**
   * Families of which nobody knows whether it forwards what is for others, and to whom: those of a captured text, which
   * may be a node's. What goes to or comes from behind one of its interfaces is known to be.
   */
  mayForward?: readonly Family[]
  /**
   * Where applications listen, of protocols of which all are known. Of any other somebody does wherever something is sent
   * to.
   */
  listening?: Readonly<Partial<Record<AppPlan['protocol'], readonly AppSocket[]>>>
  /** Which iptables loads its rules. */
  backend: Backend
  proxy: ProxyPlan
  apps: readonly AppPlan[]
  peers: readonly PeerPlan[]
  /** Where nobody listens, although flows may be sent there. */
  closed: readonly AddressPort[]
  /** Milliseconds from its first process to the last word on its flows. By default there is no such bound. */
  timeout?: number
  /** Others than our flows call there: programs that a user runs in it. */
  visited?: true
  /** Whether all is kept that can be found out about it: packets, and what every process has told. */
  keepsEvidence?: true
}

/** What a pod looks like from outside. */
export type PodShape = Pick<
  PodPlan,
  'links' | 'inner' | 'loopback' | 'routeLocalnet' | 'forwards' | 'mayForward' | 'listening'
>
