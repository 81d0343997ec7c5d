import { type Family, loopbackAddresses, withoutPrefix } from '../../core/address.ts'
import { type Dimension, domainOfDimension, type ValueSet } from '../../classes/boxes/frame.ts'
import type { ConcreteFlow, Origin, Protocol } from '../../flow/flow.ts'
import type { Credentials } from '../../flow/identity.ts'
import { dnsPort, isCapturing, withoutProxys } from '../../flow/listener.ts'
import type { Link } from '../../flow/pod-plan.ts'
import { unsendable } from '../../flow/sendable.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Field } from '../../netfilter/field.ts'
import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { addressNumber, addressOfNumber } from '../../netfilter/wide-values.ts'
import type { PodAddresses } from '../../run/plan/pod-addresses.ts'
import { isPlain, namedSets, nobodys, plainOf } from './named-values.ts'
import { partsBeside } from './parts.ts'
import type { About, Part, Question, Together } from './question.ts'
import { askedTogether, fieldsOf, pairs } from './together.ts'

const uids = [1000, 10_001, 20_001, 30_001, 100_001] as const
const ports = [80, 8080, 8000, 9000, 7001, 4321] as const
/** Such as Linux itself takes for a client. */
const clientPorts = [32_768, 40_000, 50_000, 61_000] as const
/** Parts of addresses that rules tell apart, of which one question each is asked. */
const mostAddresses = 16
/** The same of pairs of a UID and a GID. */
const mostPairs = 24
/** Ranges of a part that are tried for a value that can be sent. */
const mostTried = 4

type Of = Extract<About, { kind: 'identity' }>['of']

interface Asked {
  families: readonly Family[]
  rulesets: Readonly<Record<Family, Ruleset>>
  profile: Profile
  addresses: PodAddresses
  /** Other rules that what they name is asked about too. */
  also?: Readonly<Record<Family, Ruleset>>
}

/**
 * The flows that findings rest on: plain traffic in each direction, the same from whomever and to wherever rules tell
 * apart, and what the proxy sends.
 */
export function questionsOf({ families, rulesets, profile, addresses, also }: Asked): Question[] {
  const of = (family: Family): Ruleset[] => [rulesets[family], ...(also ? [also[family]] : [])]
  const known = families.flatMap(of)
  const namedPorts = namedSets(known, 'sport', 'dport', 'anyPort')
  const heard = heardOn(addresses, profile).find((candidate) => isPlain(candidate, namedPorts))
  const port = heard ?? plainOf(ports, (candidate) => !isPlain(candidate, namedPorts))
  const id = plainOf(uids, (candidate) => !isPlain(candidate, namedSets(known, 'uid', 'gid', 'anyGid')))
  const app: Credentials = { uid: id, gid: id, groups: [] }
  const questions = families.flatMap((family) =>
    new Asking(family, of(family), profile, addresses, app, port).questions(),
  )
  return questions.filter(({ flow }) => unsendable(flow, addresses.shape) === undefined)
}

/** Ports on which an application is known to listen everywhere in the pod. */
const heardOn = ({ listening }: PodAddresses, profile: Profile): number[] =>
  withoutProxys(listening?.tcp ?? [], profile.listeners)
    .filter(({ address }) => address === '::' || address === '0.0.0.0')
    .toSorted((a, b) => (a.address === b.address ? a.port - b.port : a.address === '::' ? -1 : 1))
    .map(({ port }) => port)

/** The questions of one family. */
class Asking {
  readonly #family: Family
  readonly #rulesets: readonly Ruleset[]
  readonly #profile: Profile
  readonly #addresses: PodAddresses
  readonly #app: Credentials
  readonly #port: number
  readonly #outside: string
  readonly #known = new Map<Part['by'], readonly ValueSet[]>()

  constructor(
    family: Family,
    rulesets: readonly Ruleset[],
    profile: Profile,
    addresses: PodAddresses,
    app: Credentials,
    port: number,
  ) {
    this.#family = family
    this.#rulesets = rulesets
    this.#profile = profile
    this.#addresses = addresses
    this.#app = app
    this.#port = port
    const named = this.#named('daddr', 'saddr')
    this.#outside = plainOf(nobodys[family], (address) => !isPlain(addressNumber(address), named))
  }

  questions(): Question[] {
    const others = [
      ...this.#plain(),
      ...this.#identities(),
      ...this.#ports(),
      ...this.#destinations(),
      ...this.#together(),
      ...this.#proxys(),
    ]
    return [...others, ...this.#sources(new Set(others.map(({ flow }) => flow.destination.port)))]
  }

  #plain(): Question[] {
    const [outside, port] = [this.#outside, this.#port]
    const [, ...others] = this.#addresses.links
    return [
      ...(['tcp', 'udp', 'icmp'] as const).map((protocol) =>
        this.#ask({ kind: 'plain', direction: 'outbound' }, protocol, outside, protocol === 'icmp' ? 0 : port),
      ),
      this.#ask({ kind: 'plain', direction: 'own' }, 'tcp', this.#own, port),
      this.#ask({ kind: 'plain', direction: 'loopback' }, 'tcp', loopbackAddresses[this.#family], port),
      ...this.#addresses.links.map((link) =>
        this.#ask({ kind: 'plain', direction: 'inbound' }, 'tcp', this.#addresses.pod(link.name, this.#family), port, {
          origin: { kind: 'peer', interface: link.name },
          ...this.#fromPeer(link),
        }),
      ),
      ...others
        .map(({ name, peer }) => ({ name, address: withoutPrefix(peer[this.#family]) }))
        .filter(({ address }) => this.#isLikeOutside(address))
        .map(({ name, address }) => this.#ask({ kind: 'interface', name }, 'tcp', address, port)),
    ]
  }

  /** Whether rules ask nothing of an address that they do not ask of any other outside. */
  #isLikeOutside(address: string): boolean {
    const [one, other] = [addressNumber(address), addressNumber(this.#outside)]
    return this.#named('daddr').every((set) => set.contains(one) === set.contains(other))
  }

  /** A peer sends from its own address, unless rules name that. */
  #fromPeer(link: Link | undefined): Pick<ConcreteFlow, 'source'> {
    return this.#peerAddress(link) === this.#outside ? { source: { address: this.#outside } } : {}
  }

  #peerAddress(link: Link | undefined): string {
    const own = link && withoutPrefix(link.peer[this.#family])
    return own !== undefined && isPlain(addressNumber(own), this.#named('saddr')) ? own : this.#outside
  }

  /** Whomever rules tell from others: by an ID, by two that are asked for together, by a mark. */
  #identities(): Question[] {
    const app = this.#app
    const ask = (of: Of, values: ValueSet, more: (id: number) => Partial<ConcreteFlow>): Question[] =>
      firstSent(values, this.#addresses, (value) => {
        const id = Number(value)
        return this.#ask({ kind: 'identity', of, id, values }, 'tcp', this.#outside, this.#port, more(id))
      })
    const [uids, gids] = [this.#partsBy('uid'), this.#partsBy('gid')]
    return [
      ...uids.flatMap((values) => ask('uid', values, (uid) => ({ credentials: { ...app, uid } }))),
      ...gids.flatMap((values) => ask('gid', values, (gid) => ({ credentials: { ...app, gid } }))),
      ...this.#parts('group', app.gid, 'anyGid').flatMap((values) =>
        ask('group', values, (gid) => ({ credentials: { ...app, groups: [gid] } })),
      ),
      ...pairsOf(uids, gids).flatMap(({ uid, gid }) =>
        ask('both', uid, (id) => ({ credentials: { ...app, uid: id, gid } })),
      ),
      ...this.#partsBy('mark').flatMap((values) => ask('mark', values, (mark) => ({ mark }))),
    ]
  }

  #ports(): Question[] {
    const asked = this.#partsBy('dport')
    const single = (port: number): ValueSet => IntervalSet.of<Scalar>(allPorts, { first: port, last: port })
    const besides = (...known: readonly number[]): ValueSet[] =>
      [...new Set(known)].filter((port) => !asked.some((values) => isOnly(values, port))).map(single)
    const own = this.#profile.listeners.map(({ port }) => port)
    const [first] = this.#addresses.links
    const origin: Origin = { kind: 'peer', interface: first?.name ?? 'eth0' }
    const ask = (
      direction: 'outbound' | 'inbound',
      protocol: Protocol,
      values: ValueSet,
      address: string,
      more: Partial<ConcreteFlow> = {},
    ): Question[] =>
      firstSent(values, this.#addresses, (value) => {
        const port = Number(value)
        return this.#ask({ kind: 'port', direction, port, values }, protocol, address, port, more)
      })
    return [
      ...[...asked, ...besides(dnsPort)].flatMap((values) =>
        (['tcp', 'udp'] as const).flatMap((protocol) => ask('outbound', protocol, values, this.#outside)),
      ),
      ...[...asked, ...besides(...own, ...this.#profile.leftAlone.inbound)].flatMap((values) =>
        ask('inbound', 'tcp', values, this.#own, { origin, ...this.#fromPeer(first) }),
      ),
    ]
  }

  #destinations(): Question[] {
    return this.#partsBy('daddr')
      .slice(0, mostAddresses)
      .flatMap((values) =>
        firstSent(values, this.#addresses, (value) => {
          const address = this.#text(value)
          return this.#ask({ kind: 'address', address, values }, 'tcp', address, this.#port)
        }),
      )
  }

  /** Where connections come from: ports of the pod's own, addresses and ports of a peer's. @param taken by who listens. */
  #sources(taken: ReadonlySet<number>): Question[] {
    const plain = plainOf(clientPorts, (port) => !isPlain(port, this.#named('sport', 'anyPort')))
    const listened = [...taken, ...this.#profile.listeners.map(({ port }) => port)]
    const free = IntervalSet.from<Scalar>(
      allPorts,
      listened.map((port) => ({ first: port, last: port })),
    ).complement()
    const [link] = this.#addresses.links
    const origin: Origin = { kind: 'peer', interface: link?.name ?? 'eth0' }
    const ports = this.#parts('sport', plain, 'sport', 'anyPort').flatMap((values) => {
      // Nobody sends from where somebody listens.
      const last = values.intersect(free).intervals.at(-1)?.last
      return last === undefined ? [] : [{ values, port: Number(last) }]
    })
    const inbound = (values: ValueSet, of: 'saddr' | 'sport', source: NonNullable<ConcreteFlow['source']>): Question =>
      this.#ask({ kind: 'peer', of, values }, 'tcp', this.#own, this.#port, { origin, source })
    return [
      ...ports.map(({ values, port: id }) =>
        this.#ask({ kind: 'identity', of: 'sport', id, values }, 'tcp', this.#outside, this.#port, {
          source: { port: id },
        }),
      ),
      ...ports.map(({ values, port }) => inbound(values, 'sport', { ...this.#fromPeer(link).source, port })),
      ...this.#partsBy('saddr')
        .slice(0, mostAddresses)
        .flatMap((values) =>
          firstSent(values, this.#addresses, (value) => inbound(values, 'saddr', { address: this.#text(value) })),
        ),
    ]
  }

  /** The parts of a dimension that rules tell from a value, by some fields. */
  #parts(dimension: Dimension, plain: Scalar, ...fields: readonly Field[]): ValueSet[] {
    return partsBeside(plain, domainOfDimension(dimension, this.#family), this.#rulesets, ...fields)
  }

  /** The parts that rules tell from plain traffic, the same sets at each call. */
  #partsBy(by: Part['by']): readonly ValueSet[] {
    const found = this.#known.get(by) ?? this.#parts(by, this.#plainValue(by), ...fieldsOf[by])
    this.#known.set(by, found)
    return found
  }

  #plainValue(by: Part['by']): Scalar {
    switch (by) {
      case 'uid':
      case 'gid':
        return this.#app[by]
      case 'mark':
        return 0
      case 'dport':
        return this.#port
      case 'daddr':
        return addressNumber(this.#outside)
      case 'saddr':
        return addressNumber(this.#peerAddress(this.#addresses.links[0]))
    }
  }

  #named(...fields: readonly Field[]): IntervalSet<Scalar>[] {
    return namedSets(this.#rulesets, ...fields)
  }

  #text(address: Scalar): string {
    return addressOfNumber(BigInt(address), this.#family)
  }

  /** Two parts that one rule asks for together: who sends and where to, or from where and to which port. */
  #together(): Question[] {
    const { proxy } = this.#profile
    const parted = (by: Part['by']) => ({
      fields: fieldsOf[by],
      // What the proxy is spared by is not for applications.
      parts: this.#partsBy(by).filter((values) => !((by === 'uid' || by === 'gid') && isOnly(values, proxy[by]))),
    })
    return pairs
      .flatMap(([one, other]) =>
        askedTogether(this.#rulesets, parted(one), parted(other)).map(
          ([first, second]): Together => ({
            kind: 'together',
            one: { by: one, values: first },
            other: { by: other, values: second },
          }),
        ),
      )
      .slice(0, mostPairs)
      .map((about) => this.#askTogether(about))
  }

  #askTogether(about: Together): Question {
    const value = new Map([about.one, about.other].map(({ by, values }) => [by, values.intervals[0]?.first]))
    const id = (by: 'uid' | 'gid' | 'mark' | 'dport', plain: number): number => Number(value.get(by) ?? plain)
    const [source, destination] = [value.get('saddr'), value.get('daddr')]
    const [link] = this.#addresses.links
    const address = destination === undefined ? this.#outside : this.#text(destination)
    const port = id('dport', this.#port)
    if (source !== undefined)
      return this.#ask(about, 'tcp', this.#own, port, {
        origin: { kind: 'peer', interface: link?.name ?? 'eth0' },
        source: { address: this.#text(source) },
      })
    return this.#ask(about, 'tcp', address, port, {
      credentials: { ...this.#app, uid: id('uid', this.#app.uid), gid: id('gid', this.#app.gid) },
      ...(value.has('mark') && { mark: id('mark', 0) }),
    })
  }

  #proxys(): Question[] {
    if (!this.#profile.listeners.some(isCapturing)) return []
    const more = { credentials: this.#profile.proxy }
    return [
      this.#ask({ kind: 'proxy', direction: 'outbound' }, 'tcp', this.#outside, this.#port, more),
      this.#ask({ kind: 'proxy', direction: 'own' }, 'tcp', this.#own, this.#port, more),
      this.#ask({ kind: 'proxy', direction: 'loopback' }, 'tcp', loopbackAddresses[this.#family], this.#port, more),
    ]
  }

  get #own(): string {
    return this.#addresses.pod(this.#addresses.links[0]?.name ?? 'eth0', this.#family)
  }

  #ask(about: About, protocol: Protocol, address: string, port: number, more: Partial<ConcreteFlow> = {}): Question {
    const flow = {
      credentials: this.#app,
      origin: { kind: 'pod' as const },
      protocol,
      family: this.#family,
      destination: { address, port },
    }
    return { about, flow: { ...flow, ...more } }
  }
}

const allPorts = domainOfDimension('dport', 'ipv4')

const isOnly = ({ size, intervals }: ValueSet, value: number): boolean => size === 1 && intervals[0]?.first === value

/** Rules ask for both at once, or the one is spared that the other is not. */
const pairsOf = (uids: readonly ValueSet[], gids: readonly ValueSet[]): { uid: ValueSet; gid: number }[] =>
  uids.flatMap((uid) => gids.map((gid) => ({ uid, gid: Number(gid.intervals[0]?.first) }))).slice(0, mostPairs)

/** Of a part the first value that can be sent, if one can. */
function firstSent(values: ValueSet, { shape }: PodAddresses, ask: (value: Scalar) => Question): Question[] {
  const candidates = values.intervals
    .slice(0, mostTried)
    .flatMap(({ first, last }) => [first, typeof first === 'bigint' ? first + 1n : Number(first) + 1, last])
    .filter((value) => values.contains(value))
  const found = candidates.map(ask).find(({ flow }) => unsendable(flow, shape) === undefined)
  return found === undefined ? [] : [found]
}
