import type { Family } from '../core/address.ts'

/** An interface as a capture shows it. */
export interface CapturedInterface {
  name: string
  /**
   * With prefix lengths, such as `10.244.0.5/24`, in the order that they are shown in; link-local ones of IPv6 are left
   * out.
   */
  addresses: readonly string[]
}

/** A route of a packet to one receiver, as `ip route` shows it. */
export interface CapturedRoute {
  family: Family
  /** With its prefix length; undefined for the default route. */
  destination?: string
  /** Undefined where nothing tells; 254 is table main. */
  table?: number | string
  dev?: string
  via?: string
  /** The address of the interface that the kernel sends from. */
  src?: string
}

/** A socket that a program has been seen listening on. */
export interface CapturedListener {
  protocol: 'tcp' | 'udp'
  /** `0.0.0.0` and `::` are every address of a family, `*` every one of both. */
  address: string
  port: number
  /** It is of IPv6 alone (IPV6_V6ONLY), as ss tells of one on `[::]`. */
  isIPv6Alone?: true
  /** As whom its program runs. */
  uid?: number
  program?: string
}

/** What a captured text shows of the pod around its rules. What it does not show is not known. */
export interface CapturedPod {
  /** Without loopback; undefined where no addresses are shown. */
  interfaces?: readonly CapturedInterface[]
  /** Where table main's default route leads. */
  gateways: Readonly<Partial<Record<Family, string>>>
  /** Of all tables; undefined where none are shown. */
  routes?: readonly CapturedRoute[]
  /** By their names, with dots: `net.ipv4.ip_forward`. */
  sysctls: ReadonlyMap<string, string>
  listeners?: readonly CapturedListener[]
  /** Account names, as the pod or the host of the capture has them. */
  users: ReadonlyMap<string, number>
  groups: ReadonlyMap<string, number>
}
