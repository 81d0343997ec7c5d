import type { AddressPort } from '../core/address.ts'
import type { Credentials } from './identity.ts'

/**
 * The name of a listener for captured traffic, such as `outbound`: the profile's table says which there are
 * (flow/listener.ts).
 */
export type ListenerName = string

/**
 * Names of listeners where the compiler does not ask whose they are; what a scenario names is checked when it is made,
 * too.
 */
// biome-ignore lint/suspicious/noExplicitAny: nothing else fits every mesh, and every mesh fits it.
export type AnyListener = any

/** Whoever can witness a flow's arrival. `envoy-NAME` is a port of the proxy's own, dialled as such. */
export type Receiver = (typeof hosts)[number] | `envoy-${string}`
export const hosts = ['app', 'peer'] as const

/**
 * Why a journey ends before a receiver: nobody listened (`refused`), no answer came (`dropped`), the same listener
 * again (`looped`), or the proxy would have dialled a port of its own (`self`).
 */
export const ends = ['refused', 'dropped', 'looped', 'self'] as const
export type End = (typeof ends)[number]

/**
 * One station of a journey: a listener that captured the connection, the receiver it ended at, or why it ended before
 * one.
 */
export type Station = ListenerName | Receiver | End

const known = (names: readonly string[], at: Station): boolean => names.includes(at)

export const isReceiver = (at: Station): at is Receiver => known(hosts, at) || at.startsWith('envoy-')

/** Whether a station is a listener for captured traffic; receivers and ends have names that no listener can have. */
export const isListener = (at: Station): boolean => !isReceiver(at) && !known(ends, at)

/**
 * What became of the probe's own connection. `captured`: a listener got it, but what that reads as its original
 * destination is not what was dialled, or cannot be read. The proxy then knows nowhere to pass it on to, and the
 * journey ends at the listener; where another destination than the dialled one is read, it goes on there.
 */
export type VerdictName = 'redirected' | 'captured' | 'direct' | 'translated' | 'refused' | 'dropped' | 'looped'

export interface Hop {
  at: Station
  /** The receiving socket's own address. */
  local?: AddressPort
  /** Whom the receiving socket sees as its client, by address. */
  from?: string
  /** What the receiving socket says the client had dialled (SO_ORIGINAL_DST, or its own address under TPROXY). */
  originalDestination?: AddressPort
  /** What the sender of this hop dialled. */
  dialled: AddressPort
  /** Who sent this hop. */
  identity: Credentials
}

/** What happened to a flow: the verdict on the probe's own connection, and the whole journey. */
export interface Observed {
  verdict: VerdictName
  listener?: ListenerName
  /** Missing where a captured flow's cannot be read. */
  originalDestination?: AddressPort
  answeredBy?: Receiver
  /**
   * Of a datagram, an echo request or a raw segment that somebody got: whether the answer to it has come back to its
   * sender.
   */
  answered?: boolean
  /** Where a translated flow arrived. */
  translatedTo?: AddressPort
  /** `peer` if a peer saw the packet. */
  refusedBy?: 'pod' | 'peer'
  journey: Hop[]
  /** What the server said, where the flow asks for a conversation. */
  heard?: string
  /** What else the witnesses say, in words, such as an answer that was lost. */
  notes?: string[]
}

/** The note on a datagram or an echo request of which a receiver tells, and whose sender has heard nothing. */
export const answerLost = 'it arrived, but the answer to it was lost'

export const isAnswerLost = ({ notes }: Pick<Observed, 'notes'>): boolean => notes?.includes(answerLost) === true

/** Whether the sender of a datagram or an echo request hears the answer to it. */
export interface ExpectedAnswer {
  answered?: boolean
}

/** Whom the last receiver sees as its client: an address. */
export interface ExpectedSource {
  source?: string
}

/** How a journey goes on after its first station. `client` as its source is whom the first receiver sees. */
export interface ExpectedJourney<Stations extends Station = Station> extends ExpectedAnswer, ExpectedSource {
  then?: readonly Stations[]
}

/**
 * What a scenario says must happen. `then` is the journey after the first listener; without it a redirected flow must
 * reach the owner of its original destination, and a captured one may end anywhere.
 */
export type Expected =
  | ({ verdict: 'redirected'; listener: ListenerName } & ExpectedJourney)
  | ({ verdict: 'captured'; listener: ListenerName } & ExpectedJourney)
  | ({ verdict: 'direct'; answeredBy?: Receiver } & ExpectedAnswer & ExpectedSource)
  | ({ verdict: 'translated'; to: string } & ExpectedJourney)
  | { verdict: 'refused'; refusedBy?: 'pod' | 'peer' }
  | { verdict: 'dropped' }
  | { verdict: 'looped' }
