import type { AddressPort, Family } from '../../core/address.ts'
import type { HarnessError } from '../../core/errors.ts'
import type { PortRange } from '../../core/port-range.ts'
import type { Flow, Protocol } from '../../flow/flow.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { Captured, DialsOn } from '../../flow/listener.ts'
import type { ListenerName, Receiver } from '../../flow/verdict.ts'

/**
 * What the agent and an identity's process say to each other. A process answers with lists of messages, one list a
 * line.
 */

export interface ListenerSpec {
  /** The pod it belongs to: what is closed together. */
  pod: string
  namespace: string
  at: ListenerName | Receiver
  protocol: 'tcp' | 'udp'
  /** A literal address; `::` takes both families. */
  address: string
  port: number
  conversation?: Flow['conversation']
  /** What the stub passes on from it, if it does. */
  passesOn?: Captured
  /** It captures DNS. */
  isDns?: true
  /** It takes connections to foreign addresses (ip(7), IP_TRANSPARENT). */
  transparent?: boolean
}

/** How the stub dials on from a pod's listeners. */
export interface RoutingSpec {
  pod: string
  namespace: string
  services: readonly { at: AddressPort; to: AddressPort }[]
  dialsOn: DialsOn
  /** The proxy's own ports, which it never dials on the pod's addresses. */
  ownPorts: readonly number[]
  podAddresses: readonly string[]
  /** What it dials from, one after the other. */
  dialPorts: readonly PortRange[]
}

export interface ProbeSpec {
  pod: string
  /** Unique within the pod. */
  key: number
  namespace: string
  protocol: Protocol
  family: Family
  source: AddressPort
  destination: AddressPort
  bindToDevice?: string
  /** SO_MARK, and IP_TRANSPARENT: both need a process with CAP_NET_ADMIN. */
  mark?: number
  transparent?: true
  /** IP_TOS, or IPV6_TCLASS. */
  tos?: number
  /** The flags of a raw segment; needs a process with CAP_NET_RAW. */
  raw?: number
  conversation?: NonNullable<Flow['conversation']>
}

/** How far a connection attempt, datagram or echo request has come. */
export type ProbeOutcome =
  /** Sent, and nothing has come back yet. */
  | { state: 'pending' }
  /** A TCP connection stands; an answer to a datagram or echo request has come back. */
  | { state: 'answered'; local: AddressPort; answer?: string }
  /** The kernel's error, by its name in errno(3), and who sent the ICMP error if there was one. */
  /**
   * `isUnsent`: it was to leave, and the kernel has refused that; an address that cannot be dialled is refused before.
   */
  | { state: 'failed'; code: string; offender?: string; isUnsent?: true }

/** Something that a process is to do in a pod. */
export type Task =
  /**
   * `as`: whom the process becomes for that, where it is the process of all. `isVisited`: others than our probes call there, so it is to accept whoever comes without being asked.
   */
  | {
      do: 'listen'
      pod: string
      listeners: ListenerSpec[]
      routing?: RoutingSpec
      as?: Credentials
      isVisited?: true
    }
  /** Done once all of them have been sent, and their first outcomes told. */
  | { do: 'probe'; pod: string; probes: ProbeSpec[]; as?: Credentials }
  /** Reads every socket once more and says what it found. */
  | { do: 'sync'; pod: string }
  /**
   * Closes the connections of a pod's probes, and what the stub dialled for them, and then reads what is left as `sync`
   * does.
   */
  | { do: 'finish'; pod: string }
  /** Closes the pod's listeners as well. */
  | { do: 'close'; pod: string }

/** A task, with the number by which its process says that it is done. */
export type Command = Task & { id: number }

/** Why a task could not be done. */
export type TaskError = Pick<HarnessError, 'fault' | 'message'> & { hint?: string }

/** What a process says to its parent. */
export type WorkerMessage =
  | { event: 'ready'; credentials: Credentials }
  /** A task is done, or could not be. */
  | { event: 'done'; id: number; error?: TaskError }
  | WorkerEvent

/** What a process tells of a pod. */
export type WorkerEvent =
  | { event: 'outcome'; pod: string; key: number; outcome: ProbeOutcome }
  /** A listener got something from this source. */
  | {
      event: 'arrived'
      pod: string
      at: ListenerName | Receiver
      protocol: 'tcp' | 'udp'
      source: AddressPort
      local: AddressPort
      original?: AddressPort
      /** How the receiver passes it on, if it does. */
      passesOn?: Captured
      /** It captures DNS, for which the original destination of a query does not count. */
      isDns?: true
      /** How the listener talks, where it does. */
      conversation?: Flow['conversation']
    }
  /** A listener got something, and not even the kernel knows any more from whom. */
  | { event: 'nameless'; pod: string; protocol: 'tcp' | 'udp' }
  /** The stub dialled on for what it had got from `parent`; `self` and `looped` say why it did not. */
  | {
      event: 'dialled'
      pod: string
      parent: AddressPort
      /** Where that had arrived, if whoever tells it knows. */
      accepted?: { protocol: 'tcp' | 'udp'; local: AddressPort }
      source: AddressPort
      dialled: AddressPort
      outcome: ProbeOutcome | { state: 'self' | 'looped' }
    }
  /** The two ends have talked, or could not. */
  | { event: 'conversed'; pod: string; key: number; heard?: string; error?: string }
  /**
   * Something has been read from connections since this was told last, or what has been said on them has been
   * acknowledged. `unheard`: the source ports of connections with unacknowledged data; `pid`: the process that reports
   * them.
   */
  | { event: 'moved'; pod: string; pid: number; unheard: number[] }
  /** A connection with this source port was reset after it had been accepted. */
  | { event: 'broken'; pod: string; port: number }
