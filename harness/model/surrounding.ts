import type { AddressPort, Family } from '../core/address.ts'
import type { Credentials } from '../flow/identity.ts'
import type { Link, Topology } from '../flow/topology.ts'

/** A port, or every one. */
export type AnyPort = number | 'any'

/** What is around the rules: the pod's interfaces, who listens where, and what the proxy knows. */
export interface Surrounding {
  links: readonly Link[]
  inner?: NonNullable<Topology['inner']>
  proxy: {
    credentials: Credentials
    state: Topology['proxy']
    families: readonly Family[]
    ports: { outbound: number; inbound: number; admin: number; metrics: number; probes: readonly number[] }
    services: readonly { at: AddressPort; to: AddressPort }[]
    /** Its listeners take what TPROXY gives them. */
    transparent?: boolean
  }
  /** `::` is every address of both families. */
  apps: readonly { protocol: 'tcp' | 'udp'; address: string; port: AnyPort; credentials: Credentials }[]
  peers: readonly {
    interface: string
    tcp: readonly { address: string; port: AnyPort }[]
    udp: readonly { address: string; port: AnyPort }[]
    rules?: readonly unknown[]
  }[]
}
