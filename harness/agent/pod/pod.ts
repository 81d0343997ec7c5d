import { families, isLoopback, withoutPrefix } from '../../core/address.ts'
import type { Origin } from '../../flow/flow.ts'
import type { Backend } from '../../flow/backend.ts'
import { forwards, networksElsewhere } from '../../flow/networks-behind.ts'
import type { PodShape } from '../../flow/pod-plan.ts'
import type { Receiver } from '../../flow/verdict.ts'
import { removeNamespace } from '../../sys/namespaces/network-namespace.ts'
import { RawWitness } from '../raw-witness.ts'
import { Sentinels, type Way } from '../sentinel.ts'
import { openTrace } from '../trace/pod-trace.ts'
import type { Trace } from '../trace/traced.ts'
import { LinkMonitor } from './link-monitor.ts'
import { addToLoopback, connectInner, connectPeer } from './links.ts'
import { adoptNamespace, loopbackIndex, makeNamespace, type Namespace } from './namespace.ts'

/** An interface of a pod, or the other end of one. */
export interface PodInterface {
  /** Its name in the pod; the other end is `eth0.peer`. */
  name: string
  namespaceFd: number
  index: number
  isLoopback: boolean
}

/**
 * A pod's network namespace with its interfaces, and the hosts at their other ends: no uplink, so nothing ever leaves.
 * What is made is bound to be removed before anything else is, so that of a pod that cannot be made nothing is left.
 */
export class Pod {
  readonly name: string
  readonly namespace: Namespace
  /** Every address of the pod's own interfaces, but for those that loopback has everywhere. */
  readonly addresses: readonly string[]
  /** Along every way that a packet can take between the pod, its peers and itself. */
  readonly sentinels: Sentinels
  /** Loopback, every interface, and the other ends. */
  readonly interfaces: readonly PodInterface[]
  /** Sees packets that the kernel reports to no process. */
  readonly witnesses: { at: Receiver; witness: RawWitness }[]
  readonly #peers = new Map<string, Namespace>()
  readonly #inner: Namespace | undefined
  readonly #backend: Backend
  #trace: Trace | undefined
  readonly #bridgeAddress: string | undefined
  readonly #monitors: LinkMonitor[] = []
  #watchesSegments = false
  #removal: DisposableStack

  /** @param options `own` makes it of this process's own network namespace; such a pod goes with the sandbox. */
  constructor(
    name: string,
    { links, inner, loopback = [], routeLocalnet, forwards: forwarded }: PodShape,
    backend: Backend,
    { own = false } = {},
  ) {
    using making = new DisposableStack()
    this.#removal = making
    this.name = name
    this.#backend = backend
    const onLinks = links.flatMap(({ pod }) => [withoutPrefix(pod.ipv4), withoutPrefix(pod.ipv6)])
    this.addresses = [...onLinks, ...loopback]
    this.#bridgeAddress = inner?.bridgeAddress
    this.namespace = this.#bind(
      (own ? adoptNamespace : makeNamespace)(name, {
        forwards: families.filter((family) => forwards({ forwards: forwarded, inner }, family)),
        ownsEverything: false,
        routesLoopback: routeLocalnet === true,
      }),
    )
    const monitor = this.#watch(this.namespace)
    addToLoopback(this.namespace, loopback)
    const lo = { namespaceFd: this.namespace.fd, index: loopbackIndex, mac: '00:00:00:00:00:00' }
    const ways: Way[] = [[lo, lo]]
    const sources = [...onLinks, ...(inner === undefined ? [] : [inner.address])]
    links.forEach((link, position) => {
      const peer = this.#bind(makeNamespace(`${name}.${link.name}`, { forwards: [], ownsEverything: true }))
      this.#peers.set(link.name, peer)
      const elsewhere = networksElsewhere(link, links)
      const monitors = { near: monitor, far: this.#watch(peer) }
      ways.push(connectPeer(link, position, this.namespace, peer, sources, elsewhere, monitors))
    })
    if (inner !== undefined) {
      this.#inner = this.#bind(makeNamespace(`${name}.inner`, { forwards: [], ownsEverything: false }))
      this.#peers.set(inner.bridge, this.#inner)
      const monitors = { near: monitor, far: this.#watch(this.#inner) }
      ways.push(connectInner(inner, links.length, this.namespace, this.#inner, monitors))
    }
    this.sentinels = making.adopt(new Sentinels(ways), (made) => void made.close())
    const names = [...links.map((link) => link.name), ...(inner === undefined ? [] : [inner.bridge])]
    this.interfaces = ways.flatMap(([near, far], position): PodInterface[] => {
      if (position === 0) return [{ ...near, name: 'lo', isLoopback: true }]
      const name = names[position - 1] ?? `link${position}`
      return [
        { ...near, name, isLoopback: false },
        { ...far, name: `${name}.peer`, isLoopback: false },
      ]
    })
    this.witnesses = [
      { at: 'app', witness: this.#witness(this.namespace, ['icmp']) },
      ...[...this.#peers.values()].map((peer) => ({
        at: 'peer' as const,
        witness: this.#witness(peer, ['icmp', 'tcp', 'udp']),
      })),
    ]
    this.#removal = making.move()
  }

  /** Whether it is the pod that speaks from there, loopback and its bridge's address included. */
  speaksFrom(address: string): boolean {
    return isLoopback(address) || this.addresses.includes(address) || address === this.#bridgeAddress
  }

  /** The pod's own, and those of the hosts around it. */
  get namespaces(): readonly Namespace[] {
    return [this.namespace, ...this.#peers.values()]
  }

  /** The namespace in which a flow of this origin is sent. */
  namespaceOf(origin: Origin): Namespace {
    const namespace =
      origin.kind === 'pod' ? this.namespace : origin.kind === 'inner' ? this.#inner : this.#peers.get(origin.interface)
    if (namespace === undefined) throw new Error(`${this.name} has no namespace for ${JSON.stringify(origin)}`)
    return namespace
  }

  /** What tells which rules matched, or why nothing does; from the first time on that somebody asks. */
  get trace(): Trace {
    this.#trace ??= this.#removal.adopt(
      openTrace(this.namespace.fd, this.#backend),
      (trace) => 'close' in trace && trace.close(),
    )
    return this.#trace
  }

  /** From now on the segments of raw sockets are seen as well, whoever they are for. */
  watchSegments(): void {
    if (this.#watchesSegments) return
    this.#watchesSegments = true
    this.witnesses.push(
      { at: 'app', witness: this.#witness(this.namespace, ['segment']) },
      ...[...this.#peers.values()].map((peer) => ({ at: 'peer' as const, witness: this.#witness(peer, ['segment']) })),
    )
  }

  #bind(namespace: Namespace): Namespace {
    return this.#removal.adopt(namespace, ({ name, fd }) => removeNamespace(name, fd))
  }

  #watch(namespace: Namespace): LinkMonitor {
    const monitor = this.#removal.adopt(new LinkMonitor(namespace), (made) => made.close())
    this.#monitors.push(monitor)
    return monitor
  }

  #witness({ fd }: Namespace, protocols: ConstructorParameters<typeof RawWitness>[1]): RawWitness {
    return this.#removal.adopt(new RawWitness(fd, protocols), (made) => made.close())
  }

  /** Returns once every link carries packets both ways; by the time that rules are applied they do. */
  awaitLinks(): void {
    for (const monitor of this.#monitors) monitor.await()
  }

  remove(): void {
    this.#removal.dispose()
  }
}
