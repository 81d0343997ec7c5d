import type { AddressPort } from '../../core/address.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import { isRouted, linkBefore } from '../../flow/networks-behind.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import { setsTos } from '../rules/sets-tos.ts'
import { answerTo, isRoutable, rejectionOf, wayBack } from './answers.ts'
import { Budget } from '../packet/budget.ts'
import { Connection, type ConnectionTable } from '../packet/connection.ts'
import { atPeer, notSent, onWire } from './far-end.ts'
import { firstPacket, tcpFlags } from './first-packet.ts'
import { copyOf, endpointsOf, type Owner, type Packet, sameEndpoints } from '../packet/packet.ts'
import { certain, inPod, ownerOfRefusal } from './near-end.ts'
import type { Outcome } from './outcome.ts'
import type { Arrival, Passage } from './hooks.ts'
import { enterPod, sendFromPod } from './packet-path.ts'
import { Unpredictable } from '../packet/unpredictable.ts'
import type { Stage } from '../packet/stage.ts'
import type { RuleStep, Trail } from '../rules/trail.ts'
import type { NetworkStack } from '../stack/network-stack.ts'

/** One connection attempt, with the rules that its packets were evaluated against. */
export interface Attempt extends Pick<Trail, 'steps' | 'endings' | 'decisive' | 'passed'> {
  flow: ConcreteFlow
  /** What was dialled. */
  destination: AddressPort
  /** The connections that flows before it have left. */
  earlier?: ConnectionTable
}

export type AttemptResult = Attempt & {
  outcome: Outcome
  /** Its own entry. */
  connection: Connection
  /** Whom the receiver sees as its client, where there is one. */
  client?: string
  /** Its sender got an error: nothing was sent. */
  isUnsent?: true
  /** The step of the rule that decided the outcome. */
  deciding?: RuleStep
}

/** Which steps are kept, how many rules may be tried, and what flows before it have left. */
export type AttemptOptions = Partial<Pick<Trail, 'keeps' | 'budget' | 'supposed' | 'beside'> & Pick<Attempt, 'earlier'>>

/**
 * Sends a flow through the rules, then its answer, then the acknowledgement of the answer.
 * @param begun receives the attempt before it runs, for callers that want its steps even if there is no prediction.
 * @throws Unpredictable
 */
export function attempt(
  flow: ConcreteFlow,
  ruleset: Ruleset,
  stack: NetworkStack,
  { keeps = 'matched', budget = new Budget(), supposed, beside, earlier }: AttemptOptions = {},
  begun: (tried: Attempt) => void = () => {},
): AttemptResult {
  const tried: Attempt = {
    flow,
    destination: flow.destination,
    steps: [],
    endings: [],
    decisive: {},
    passed: [],
    ...(earlier && { earlier }),
  }
  begun(tried)
  const { outcome, connection, client, isUnsent } = new ConnectionAttempt(
    flow,
    ruleset,
    stack,
    { ...tried, keeps, budget, ...(supposed && { supposed }), ...(beside && { beside }) },
    earlier,
  ).run()
  return {
    ...tried,
    outcome,
    connection,
    ...(outcome.kind === 'received' && { client }),
    ...(isUnsent && { isUnsent }),
  }
}

/** The same outcome, the answer heard. */
function answered(outcome: Outcome): Outcome {
  if (outcome.kind !== 'received') return outcome
  const { isAnswerLost: _, ...heard } = outcome
  return heard
}

type Arrived = Extract<Arrival, { at: 'pod' | 'wire' }>

class ConnectionAttempt {
  readonly #flow: ConcreteFlow
  readonly #stack: NetworkStack
  readonly #ruleset: Ruleset
  readonly #sent: Packet
  readonly #connection: Connection
  readonly #trail: Trail
  #isUnsent = false

  constructor(flow: ConcreteFlow, ruleset: Ruleset, stack: NetworkStack, trail: Trail, earlier?: ConnectionTable) {
    this.#flow = flow
    this.#trail = trail
    this.#stack = stack
    this.#ruleset = ruleset
    this.#sent = firstPacket(flow, stack)
    if (flow.tos !== undefined && setsTos(ruleset)) this.#sent.tos = undefined
    this.#connection = new Connection(this.#sent, earlier)
    if (flow.origin.kind === 'pod' && flow.raw === undefined)
      this.#connection.sockets.client = { ...endpointsOf(this.#sent), transparent: flow.transparent === true }
  }

  run(): Pick<AttemptResult, 'outcome' | 'connection'> & { client: string; isUnsent: boolean } {
    const packet = copyOf(this.#sent)
    const outside = this.#staysOutside()
    const outcome = outside ?? this.#settle(packet)
    const client = outside === undefined ? packet.source.address : this.#sourceOutside()
    return { outcome, connection: this.#connection, client, isUnsent: this.#isUnsent }
  }

  /** Who dials an address of its own in IPv4 does so from there (ip_route_output_key_hash_rcu in net/ipv4/route.c). */
  #sourceOutside(): string {
    const { family, source, destination } = this.#flow
    return family === 'ipv4' && source?.address === undefined ? destination.address : this.#sent.source.address
  }

  #staysOutside(): Outcome | undefined {
    const host = this.#hostOfBoth()
    if (host === undefined) return undefined
    if (this.#flow.raw !== undefined)
      throw new Unpredictable('nobody tells what a host says to a raw segment of its own')
    return atPeer(host, this.#flow.protocol, this.#flow.destination, false, this.#stack)
  }

  /**
   * The interface of the host that has the destination as well, so that nothing ever leaves it. A peer owns every
   * address except the pod's and those behind its interfaces; who stands behind an interface owns only what is there.
   */
  #hostOfBoth(): string | undefined {
    const { origin, destination } = this.#flow
    const { addresses, pod } = this.#stack
    if (origin.kind === 'inner') return destination.address === pod.inner?.address ? pod.inner.bridge : undefined
    if (origin.kind === 'pod') return undefined
    const own = pod.links.find(({ name }) => name === origin.interface)
    const before = linkBefore(destination.address, pod.links)
    const isElsewhere =
      own?.behind === undefined
        ? before !== undefined || (own !== undefined && isRouted(destination.address, own))
        : before !== own
    const isPods = addresses.includes(destination.address) || destination.address === pod.inner?.address || isElsewhere
    return isPods ? undefined : origin.interface
  }

  #settle(packet: Packet): Outcome {
    if (this.#device === undefined && !this.#hasSource(packet)) {
      this.#isUnsent = true
      return { kind: 'dropped' }
    }
    const arrival = this.#send(packet, 'first')
    const isHere = 'hook' in arrival && (arrival.hook === 'OUTPUT' || arrival.hook === 'POSTROUTING')
    const isTold = this.#flow.protocol !== 'tcp' || this.#flow.raw !== undefined
    this.#isUnsent = isTold && this.#device === undefined && (arrival.at === 'unroutable' || isHere)
    switch (arrival.at) {
      case 'drop':
      case 'unroutable':
        return { kind: 'dropped' }
      case 'reject':
        return this.#rejected(packet, arrival)
      case 'wire':
      case 'pod':
        return this.#flow.raw === undefined
          ? this.#arrived(packet, arrival)
          : this.#segmentArrived(packet, arrival, this.#flow.raw)
    }
  }

  #arrived(packet: Packet, arrival: Arrived): Outcome {
    const { protocol } = this.#flow
    switch (arrival.at) {
      case 'wire': {
        const outcome = onWire(packet, arrival.device, protocol, this.#connection, this.#stack)
        return this.#hearsItself(packet, arrival.device)
          ? answered(outcome)
          : this.#answered(packet, arrival, outcome, 'nobody')
      }
      case 'pod': {
        const { outcome, owner } = inPod(packet, protocol, this.#connection, this.#stack)
        return this.#answered(packet, arrival, outcome, owner)
      }
    }
  }

  /**
   * A segment of no connection. A host without a socket for it answers with a reset, and so does a listener if it
   * acknowledges anything (tcp_rcv_state_process in net/ipv4/tcp_input.c); no reset answers a reset. Everything else is
   * passed over in silence.
   */
  #segmentArrived(packet: Packet, arrival: Arrived, flags: number): Outcome {
    const isOut = arrival.at === 'wire'
    const outcome = isOut
      ? onWire(packet, arrival.device, 'tcp', this.#connection, this.#stack, true)
      : inPod(packet, 'tcp', this.#connection, this.#stack).outcome
    if (outcome.kind === 'dropped') return outcome
    const isAnswered = outcome.kind === 'refused' || outcome.isAnswerLost !== true
    const isReset =
      isAnswered && (flags & tcpFlags.rst) === 0 && (outcome.kind === 'refused' || (flags & tcpFlags.ack) !== 0)
    const refused: Outcome = { kind: 'refused', by: isOut ? 'peer' : 'pod' }
    const owner = isOut ? 'nobody' : outcome.kind === 'received' ? 'by-version' : ownerOfRefusal(packet)
    if (isReset && this.#comesBack(packet, arrival, refused, owner)) return refused
    const translated = this.#connection.translated.destination !== undefined
    return { kind: 'received', at: isOut ? 'peer' : 'app', local: certain(packet.destination), translated }
  }

  /**
   * Whether a peer's own echo request is sent back to it: an IPv6 peer answers it, and its ping socket, which asks for
   * no more than its own address and identifier (ping_lookup in net/ipv4/ping.c), hears that. IPv4 drops what seems to
   * come from itself.
   */
  #hearsItself({ source }: Packet, device: string): boolean {
    const { origin, protocol, family } = this.#flow
    const isBack = origin.kind === 'peer' && origin.interface === device
    return isBack && family === 'ipv6' && protocol === 'icmp' && source.address === this.#sent.source.address
  }

  /**
   * Whether the sender may use this source (ip_route_output_key_hash_rcu in net/ipv4/route.c, and bind(2)). Led to the
   * pod itself, a foreign destination is the source, too, and IPv4 refuses that with ENETUNREACH.
   */
  #hasSource(packet: Packet): boolean {
    const { family, source, transparent } = this.#flow
    const isOwn = transparent === true || this.#stack.isLocal(packet.source.address)
    if (!isOwn && family === 'ipv6' && source?.address === undefined)
      throw new Unpredictable('IPv6 chooses by itself where that comes from what goes by lo to a foreign address', {
        isOfFlow: true,
      })
    if (!isOwn && source?.address === undefined) {
      const why = `its route leads to the pod itself, and ${packet.source.address} is no address that it may come from`
      this.#trail.endings.push({ hook: 'OUTPUT', packet: 'first', after: 0, why })
      return false
    }
    if (!isOwn)
      throw new Unpredictable('the kernel refuses to send it, since its source is no address of the pod', {
        isOfFlow: true,
      })
    if (!isRoutable(packet, this.#stack)) throw notSent()
    return true
  }

  /**
   * The sender of a rejected datagram gets EPERM, as for a dropped one; so does that of an echo request, except in IPv6
   * (icmpv6_push_pending_frames). A raw socket's as well.
   */
  #rejected(packet: Packet, { hook, statement, isDelivered }: Extract<Arrival, { at: 'reject' }>): Outcome {
    const { protocol, family } = this.#flow
    if (
      hook === 'OUTPUT' &&
      (protocol === 'udp' || this.#flow.raw !== undefined || (protocol === 'icmp' && family === 'ipv4'))
    )
      return { kind: 'dropped' }
    const rejection = rejectionOf(packet, statement.with, isDelivered, this.#stack)
    if (rejection === undefined) return { kind: 'dropped' }
    const back = sendFromPod(rejection, this.#passage('answer'))
    return this.#isHeard(rejection, back) ? { kind: 'refused', by: 'pod' } : { kind: 'dropped' }
  }

  /**
   * A connection is established, and a refusal is heard, only if the answer arrives; a datagram has been received
   * either way.
   */
  #answered(packet: Packet, arrival: Arrived, outcome: Outcome, owner: Owner): Outcome {
    if (outcome.kind === 'dropped') return outcome
    if (this.#flow.protocol === 'tcp' || outcome.kind === 'refused') {
      if (!this.#comesBack(packet, arrival, outcome, owner)) return { kind: 'dropped' }
      return outcome.kind === 'refused' ? outcome : this.#acknowledged(packet, arrival, outcome)
    }
    if (outcome.isAnswerLost) return outcome
    try {
      return this.#comesBack(packet, arrival, outcome, owner) ? outcome : { ...outcome, isAnswerLost: true }
    } catch (thrown) {
      // The arrival is still known.
      if (!(thrown instanceof Unpredictable)) throw thrown
      delete this.#trail.decisive.ended
      return { ...outcome, answerUnknown: thrown }
    }
  }

  /** Sends the answer to what has arrived. @returns whether its sender hears it. */
  #comesBack(packet: Packet, arrival: Arrived, outcome: Outcome, owner: Owner): boolean {
    const isRefused = outcome.kind === 'refused'
    if (isRefused && arrival.at === 'pod' && this.#isResetKept(packet)) return false
    const way =
      arrival.at === 'pod' ? wayBack(packet, isRefused, this.#stack, this.#connection.sockets.server?.socket) : {}
    if (way === false) {
      const why = `no route leads back to ${packet.source.address} from ${packet.destination.address}`
      this.#trail.endings.push({ hook: 'OUTPUT', packet: 'answer', after: this.#trail.steps.length, why })
      return false
    }
    const by = arrival.at === 'wire' ? { by: arrival.device } : {}
    const answer = answerTo(packet, { kind: isRefused ? 'refused' : 'accepted', owner, ...by }, this.#stack)
    const passage = this.#passage('answer')
    const back =
      arrival.at === 'wire'
        ? enterPod(answer, arrival.device, passage)
        : sendFromPod(answer, passage, undefined, way.device)
    return this.#isHeard(answer, back)
  }

  /** IPv4 resets nothing that no route of table local has brought there (tcp_v4_send_reset in net/ipv4/tcp_ipv4.c). */
  #isResetKept({ protocol, in: by, destination: { address }, mark }: Packet): boolean {
    const { bindToDevice: bound } = this.#flow
    if (protocol !== 'tcp' || by !== 'lo' || bound === undefined) return false
    return this.#stack.routeBy(bound, address, { mark })?.isSupposed === true
  }

  /** Whether the answer reaches the sender, and matches what it sent. */
  #isHeard(answer: Packet, back: Arrival): boolean {
    // TPROXY assigned it to a listener; a raw socket gets a copy all the same (raw_local_deliver in net/ipv4/raw.c).
    if (answer.socket !== undefined && this.#flow.raw === undefined) return false
    if (!this.#isForItsDevice(answer)) return false
    const isBack = this.#device === undefined ? back.at === 'pod' : back.at === 'wire' && back.device === this.#device
    const { source, destination } = this.#connection.translated
    if (answer.protocol === 'error')
      return isBack && (answer.state === 'RELATED' || (source === undefined && destination === undefined))
    // A ping socket checks only its own address and identifier (ping_lookup in net/ipv4/ping.c).
    if (answer.protocol === 'echo-reply') return isBack && answer.destination.address === this.#sent.source.address
    return isBack && sameEndpoints(answer, { source: this.#sent.destination, destination: this.#sent.source })
  }

  /**
   * Whether a socket that is bound to a device is asked for what has come by loopback, which counts as having come by
   * the device that has the address (inet_iif in include/net/route.h, ip6_rcv_core in net/ipv6/ip6_input.c). An ICMP
   * error about an IPv4 datagram has come by lo (__udp4_lib_err in net/ipv4/udp.c).
   */
  #isForItsDevice(answer: Packet): boolean {
    const { bindToDevice: bound, protocol, family } = this.#flow
    if (bound === undefined || answer.in !== 'lo') return true
    const isByLo = answer.protocol === 'error' && protocol === 'udp' && family === 'ipv4'
    return isByLo ? bound === 'lo' : this.#stack.isOwn(answer.destination.address, bound)
  }

  /** accept(2) returns a connection only after the acknowledgement of the answer has arrived. */
  #acknowledged(arrived: Packet, arrival: Arrival, outcome: Outcome): Outcome {
    const packet: Packet = { ...copyOf(this.#sent), tcpFlags: tcpFlags.ack }
    const { at } = this.#send(packet, 'acknowledgement')
    if (at === arrival.at && sameEndpoints(packet, arrived)) return outcome
    if (at === 'drop' || at === 'reject') return { kind: 'dropped' }
    throw new Unpredictable('the rules send what follows the first packet of a connection elsewhere')
  }

  /** The interface by which a flow from outside comes in. */
  get #device(): string | undefined {
    const { origin } = this.#flow
    if (origin.kind === 'pod') return undefined
    return origin.kind === 'peer' ? origin.interface : (this.#stack.pod.inner?.bridge ?? '')
  }

  #send(packet: Packet, stage: Stage): Arrival {
    const passage = this.#passage(stage)
    return this.#device === undefined
      ? sendFromPod(packet, passage, this.#flow.bindToDevice)
      : enterPod(packet, this.#device, passage)
  }

  #passage(stage: Stage): Passage {
    return { trail: this.#trail, ruleset: this.#ruleset, stack: this.#stack, connection: this.#connection, stage }
  }
}
