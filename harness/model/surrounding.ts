import type { AddressPort, Family } from '../core/address.ts'
import type { Credentials } from '../flow/identity.ts'
import type { DialsOn, Listener } from '../flow/listener.ts'
import type { PolicyRouting } from '../flow/policy-routing.ts'
import type { Link, Topology } from '../flow/topology.ts'

/** What is around the rules: the pod's interfaces, who listens where, and what the proxy knows. */
export interface Surrounding {
  links: readonly Link[]
  inner?: NonNullable<Topology['inner']>
  /** Addresses that the loopback interface has beside its own. */
  loopback?: readonly string[]
  /** What its policy routing adds to the kernel's own. */
  routing?: Pick<PolicyRouting, 'rules' | 'routes'>
  proxy: {
    credentials: Credentials
    state: Topology['proxy']
    families: readonly Family[]
    listeners: readonly Listener[]
    dialsOn: DialsOn
    services: readonly { at: AddressPort; to: AddressPort }[]
    /** What it dials on from: some of its source ports, of which the rules say the same as of all. */
    dialPorts?: { standIn: { first: number; last: number } }
  }
  /** `::` is every address of both families. */
  apps: readonly { protocol: 'tcp' | 'udp'; address: string; port: number; credentials: Credentials }[]
  peers: readonly {
    interface: string
    tcp: readonly AddressPort[]
    udp: readonly AddressPort[]
    rules?: readonly unknown[]
  }[]
}
