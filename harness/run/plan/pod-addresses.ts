import {
  type AddressPort,
  families,
  type Family,
  familyOf,
  isLoopback,
  sameAddressPort,
  withoutPrefix,
} from '../../core/address.ts'
import type { CapturedListener } from '../../flow/captured-pod.ts'
import { type AddressBook, type Endpoint, resolveEndpoint } from '../../flow/endpoint.ts'
import type { InnerNetwork, Link, PodShape } from '../../flow/pod-plan.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { listeningAt } from './captured-listeners.ts'
import { linkBehind } from './link-behind.ts'
import { makeLink } from './make-link.ts'

/** What scenarios get for `inner: true`. */
export const standardInner: InnerNetwork = {
  bridge: 'br0',
  bridgeAddress: '172.30.0.1',
  address: '172.30.0.2',
  prefix: 24,
}

/** What there is around a pod that has an address; services and closed endpoints may be symbols. */
export interface Around extends PodShape {
  /** Of which families the pod is told its address on its first interface, the primary one first. */
  podIPs?: readonly Family[]
  services?: Scenario['services']
  closed?: Scenario['closed']
  /** Who was seen listening where the pod was captured. */
  listeners?: readonly CapturedListener[]
}

/**
 * The addresses of a pod and of those around it: what symbols stand for, who owns an address, which endpoint a service
 * has.
 */
export class PodAddresses implements AddressBook {
  readonly links: readonly Link[]
  readonly inner?: InnerNetwork
  /** What the loopback interface has beside its own. */
  readonly loopback: readonly string[]
  readonly services: readonly { at: AddressPort; to: AddressPort }[]
  readonly closed: readonly AddressPort[]
  /** The pod's own addresses, but for those that loopback has everywhere. */
  readonly own: readonly string[]
  /** Those of its first interface, as Kubernetes tells them: the primary one first. */
  readonly podIPs: readonly string[]

  /** Where applications listen, of protocols of which that is known. */
  readonly listening: PodShape['listening']

  readonly #around: Around

  constructor(around: Around) {
    const { links, inner, loopback = [], services = [], closed = [], podIPs = families } = around
    this.#around = around
    this.links = links
    if (inner !== undefined) this.inner = inner
    this.loopback = loopback
    const onLinks = links.flatMap(({ pod }) => families.map((family) => withoutPrefix(pod[family])))
    this.podIPs = podIPs.map((family) => withoutPrefix(links[0]?.pod[family] ?? ''))
    this.own = [...onLinks, ...(inner === undefined ? [] : [inner.bridgeAddress]), ...loopback]
    this.listening = listeningAt(around.listeners, this.own)
    this.services = services.flatMap(({ at, to }) =>
      this.resolveAll(at).flatMap((from) =>
        this.resolveAll(to)
          .filter((endpoint) => isSameFamily(from, endpoint))
          .map((endpoint) => ({ at: from, to: endpoint })),
      ),
    )
    this.closed = closed.flatMap((endpoint) => this.resolveAll(endpoint))
  }

  /** Those of a scenario's pod. */
  static of({
    interfaces,
    inner,
    services,
    closed,
    podIPs,
    behind = {},
  }: Pick<Scenario, 'interfaces' | 'inner' | 'services' | 'closed'> &
    Partial<Pick<Scenario, 'podIPs' | 'behind'>>): PodAddresses {
    const links = ['eth0', ...interfaces].map(makeLink)
    for (const [name, networks] of Object.entries(behind))
      links.push(
        linkBehind(
          name,
          links.length,
          networks,
          links.flatMap(({ pod }) => Object.values(pod)),
        ),
      )
    return new PodAddresses({
      links,
      ...(Object.keys(behind).length > 0 && { forwards: families }),
      services,
      closed,
      ...(podIPs && { podIPs }),
      ...(inner && { inner: standardInner }),
    })
  }

  /** The same with these addresses on its loopback interface as well. */
  withLoopback(more: readonly string[]): PodAddresses {
    if (more.length === 0) return this
    return new PodAddresses({ ...this.#around, loopback: [...new Set([...this.loopback, ...more])] })
  }

  /** The same as the agent makes it. */
  get shape(): PodShape {
    const { links, inner, loopback } = this
    const { routeLocalnet, forwards, mayForward } = this.#around
    return {
      links,
      ...(inner && { inner }),
      ...(loopback.length > 0 && { loopback }),
      ...(routeLocalnet && { routeLocalnet }),
      ...(forwards && { forwards }),
      ...(mayForward && { mayForward }),
      ...(this.listening && { listening: this.listening }),
    }
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

  isInPod(address: string): boolean {
    return isLoopback(address) || this.own.includes(address)
  }

  /** Where a connection to this address must end: the service's endpoint if it is one's address. */
  endpointOf(destination: AddressPort): AddressPort {
    return this.services.find(({ at }) => sameAddressPort(at, destination))?.to ?? destination
  }

  #link(name: string): Link {
    const link = this.links.find((candidate) => candidate.name === name)
    if (link === undefined) throw new Error(`the pod has no interface ${name}`)
    return link
  }
}

const isSameFamily = (a: AddressPort, b: AddressPort): boolean => familyOf(a.address) === familyOf(b.address)
