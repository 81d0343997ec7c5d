import { type Family, loopbackAddresses } from '../../core/address.ts'
import type { ConcreteFlow, Origin, Protocol } from '../../flow/flow.ts'
import type { Credentials } from '../../flow/identity.ts'
import { dnsPort, isCapturing } from '../../flow/listener.ts'
import { unsendable } from '../../flow/sendable.ts'
import type { Profile } from '../../mesh/profile.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { addressNumber, addressOfNumber } from '../../netfilter/wide-values.ts'
import { withoutProxys } from '../../flow/listener.ts'
import type { PodAddresses } from '../../run/plan/pod-addresses.ts'
import { isPlain, namedNeighbours, namedSets, namedValues, nobodys, plainOf } from './named-values.ts'
import type { About, Question } from './question.ts'

const uids = [1000, 10_001, 20_001, 30_001] as const
const ports = [80, 8080, 8000, 9000, 7001, 4321] as const
/** Addresses that rules name, of which one question each is asked. */
const mostAddresses = 16
/** The same of pairs of a UID and a GID. */
const mostPairs = 24

interface Asked {
  families: readonly Family[]
  rulesets: Readonly<Record<Family, Ruleset>>
  profile: Profile
  addresses: PodAddresses
  /** Other rules that what they name is asked about too. */
  also?: Readonly<Record<Family, Ruleset>>
}

/**
 * The flows that findings rest on: plain traffic in each direction, the same from whoever and to wherever a rule names,
 * and what the proxy sends.
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
    const named = namedSets(rulesets, 'daddr', 'saddr')
    this.#outside = plainOf(nobodys[family], (address) => !isPlain(addressNumber(address), named))
  }

  questions(): Question[] {
    return [...this.#plain(), ...this.#identities(), ...this.#ports(), ...this.#destinations(), ...this.#proxys()]
  }

  #plain(): Question[] {
    const [outside, port] = [this.#outside, this.#port]
    return [
      ...(['tcp', 'udp', 'icmp'] as const).map((protocol) =>
        this.#ask({ kind: 'plain', direction: 'outbound' }, protocol, outside, protocol === 'icmp' ? 0 : port),
      ),
      this.#ask({ kind: 'plain', direction: 'own' }, 'tcp', this.#own, port),
      this.#ask({ kind: 'plain', direction: 'loopback' }, 'tcp', loopbackAddresses[this.#family], port),
      ...this.#addresses.links.map(({ name }) =>
        this.#ask({ kind: 'plain', direction: 'inbound' }, 'tcp', this.#addresses.pod(name, this.#family), port, {
          origin: { kind: 'peer', interface: name },
        }),
      ),
    ]
  }

  /**
   * Whoever a rule names, as an application could be: by one of its IDs, by two that are asked for together, by a mark,
   * by a port.
   */
  #identities(): Question[] {
    const ask = (of: Extract<About, { kind: 'identity' }>['of'], id: number, more: Partial<ConcreteFlow>): Question =>
      this.#ask({ kind: 'identity', of, id }, 'tcp', this.#outside, this.#port, more)
    const values = (...fields: Parameters<typeof namedValues>[1][]): number[] =>
      namedValues(this.#rulesets, ...fields).map(Number)
    const app = this.#app
    return [
      ...values('uid').map((uid) => ask('uid', uid, { credentials: { ...app, uid } })),
      ...values('gid', 'anyGid').map((gid) => ask('gid', gid, { credentials: { ...app, gid } })),
      ...values('anyGid').map((gid) => ask('group', gid, { credentials: { ...app, groups: [gid] } })),
      ...this.#pairs(values('uid'), values('gid')).map(({ uid, gid }) =>
        ask('both', uid, { credentials: { ...app, uid, gid } }),
      ),
      ...[...new Set([...values('mark'), ...namedNeighbours(this.#rulesets, 'mark')])]
        .filter((mark) => mark > 0)
        .map((mark) => ask('mark', mark, { mark })),
      ...[...new Set([...values('sport', 'anyPort'), ...namedNeighbours(this.#rulesets, 'sport')])]
        .filter((port) => port > 0 && !this.#isListened(port))
        .map((port) => ask('sport', port, { source: { port } })),
    ]
  }

  /** Nobody sends from where somebody listens. */
  #isListened(port: number): boolean {
    return (
      port === this.#port ||
      this.#namedPorts().includes(port) ||
      this.#profile.listeners.some((listener) => listener.port === port)
    )
  }

  #namedPorts(): number[] {
    return namedValues(this.#rulesets, 'dport', 'anyPort').map(Number)
  }

  /** Rules ask for both at once, or the one is spared that the other is not. */
  #pairs(uids: readonly number[], gids: readonly number[]): { uid: number; gid: number }[] {
    return uids.flatMap((uid) => gids.map((gid) => ({ uid, gid }))).slice(0, mostPairs)
  }

  #ports(): Question[] {
    const named = this.#namedPorts()
    const outbound = [...new Set([...named, dnsPort])].filter((port) => port > 0)
    const own = this.#profile.listeners.map(({ port }) => port)
    const inbound = [...new Set([...named, ...own, ...this.#profile.leftAlone.inbound])].filter((port) => port > 0)
    const [first] = this.#addresses.links
    const origin: Origin = { kind: 'peer', interface: first?.name ?? 'eth0' }
    return [
      ...outbound.flatMap((port) =>
        (['tcp', 'udp'] as const).map((protocol) =>
          this.#ask({ kind: 'port', direction: 'outbound', port }, protocol, this.#outside, port),
        ),
      ),
      ...inbound.map((port) =>
        this.#ask({ kind: 'port', direction: 'inbound', port }, 'tcp', this.#own, port, { origin }),
      ),
    ]
  }

  #destinations(): Question[] {
    const named = namedValues(this.#rulesets, 'daddr').map((number) => addressOfNumber(BigInt(number), this.#family))
    return named
      .slice(0, mostAddresses)
      .map((address) => this.#ask({ kind: 'address', address }, 'tcp', address, this.#port))
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
