import { type AddressPort, type Family, familyOf, formatAddressPort, isLoopback, sameAddressPort, withoutPrefix } from '../core/address.ts'
import { type AddressBook, type Endpoint, resolveEndpoint } from '../flow/endpoint.ts'
import type { Flow } from '../flow/flow.ts'
import type { Link } from '../flow/topology.ts'
import type { Scenario } from '../scenario/scenario.ts'

const inner = { bridge: 'br0', bridgeAddress: '172.30.0.1', address: '172.30.0.2', prefix: 24 } as const

const families = ['ipv4', 'ipv6'] as const

/** What a scenario's symbols stand for: the pod's links, who owns an address, which endpoint a service has. */
export class Surroundings implements AddressBook {
  readonly links: readonly Link[]
  /** The pod's own addresses on eth0, as Kubernetes tells them: the primary one first. */
  readonly podIPs: readonly string[]
  readonly inner: typeof inner | undefined
  readonly services: readonly { at: AddressPort; to: AddressPort }[]
  readonly closed: readonly AddressPort[]

  constructor(scenario: Pick<Scenario, 'interfaces' | 'inner' | 'services' | 'closed'> & Partial<Pick<Scenario, 'podIPs'>>) {
    this.links = ['eth0', ...scenario.interfaces].map(makeLink)
    this.podIPs = (scenario.podIPs ?? families).map((family) => this.pod('eth0', family))
    this.inner = scenario.inner ? inner : undefined
    this.services = scenario.services.flatMap(({ at, to }) =>
      this.resolveAll(at).flatMap((from) =>
        this.resolveAll(to)
          .filter((endpoint) => isSameFamily(from, endpoint))
          .map((endpoint) => ({ at: from, to: endpoint })),
      ),
    )
    this.closed = scenario.closed.flatMap((endpoint) => this.resolveAll(endpoint))
  }

  pod(interfaceName: string, family: Family): string {
    return withoutPrefix(this.#link(interfaceName).pod[family])
  }

  peer(interfaceName: string, family: Family): string {
    return withoutPrefix(this.#link(interfaceName).peer[family])
  }

  /** @returns undefined where a literal address is of the other family. */
  resolve(endpoint: Endpoint, family: Family): AddressPort | undefined {
    return resolveEndpoint(endpoint, family, this)
  }

  resolveAll(endpoint: Endpoint): AddressPort[] {
    return families.flatMap((family) => this.resolve(endpoint, family) ?? [])
  }

  /** The pod's own addresses, loopback left out. */
  get podAddresses(): string[] {
    return this.links.flatMap(({ pod }) => families.map((family) => withoutPrefix(pod[family])))
  }

  isInPod(address: string): boolean {
    return isLoopback(address) || this.podAddresses.includes(address) || address === this.inner?.bridgeAddress
  }

  /** Where a connection to this address must end: the service's endpoint if it is one's address. */
  endpointOf(destination: AddressPort): AddressPort {
    return this.services.find(({ at }) => sameAddressPort(at, destination))?.to ?? destination
  }

  isClosed(endpoint: AddressPort): boolean {
    return this.closed.some((closed) => formatAddressPort(closed) === formatAddressPort(endpoint))
  }

  /** Everywhere that these flows and their services lead to. */
  destinationsOf(flows: readonly { flow: Flow }[], protocol: 'tcp' | 'udp'): { endpoint: AddressPort; flow: Flow }[] {
    return flows.flatMap(({ flow }) => {
      if (flow.protocol !== protocol) return []
      const dialled = this.resolveAll(flow.destination)
      return [...dialled, ...dialled.map((at) => this.endpointOf(at))].map((endpoint) => ({ endpoint, flow }))
    })
  }

  #link(name: string): Link {
    const link = this.links.find((candidate) => candidate.name === name)
    if (link === undefined) throw new Error(`the pod has no interface ${name}`)
    return link
  }
}

const isSameFamily = (a: AddressPort, b: AddressPort): boolean => familyOf(a.address) === familyOf(b.address)

/** eth0 has 10.244.0.0/24 and fd00:10::/64, every further interface the next ones. */
function makeLink(name: string, position: number): Link {
  return {
    name,
    pod: { ipv4: `10.${244 + position}.0.5/24`, ipv6: `fd00:${10 + position}::5/64` },
    peer: { ipv4: `10.${244 + position}.0.1/24`, ipv6: `fd00:${10 + position}::1/64` },
  }
}
