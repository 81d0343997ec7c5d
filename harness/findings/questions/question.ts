import type { ValueSet } from '../../classes/boxes/frame.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'

/** What a flow is sent for. */
export type About =
  /** Traffic of which no rule says anything in particular. */
  | { kind: 'plain'; direction: 'outbound' | 'inbound' | 'own' | 'loopback' }
  /**
   * The same from somebody whom rules tell from others. @property values all those whom they do not tell from him; of a
   * UID and GID together, the UIDs.
   */
  | { kind: 'identity'; of: 'uid' | 'gid' | 'group' | 'both' | 'mark' | 'sport'; id: number; values: ValueSet }
  /** The same to a port or an address, or from an address or a port of a peer's, that rules tell from others. */
  | { kind: 'port'; direction: 'outbound' | 'inbound'; port: number; values: ValueSet }
  | { kind: 'address'; address: string; values: ValueSet }
  | { kind: 'peer'; of: 'saddr' | 'sport'; values: ValueSet }
  /** The same of two parts at once that one rule asks for together, such as a UID and a port. */
  | { kind: 'together'; one: Part; other: Part }
  /** The same to the peer at another interface than the first. */
  | { kind: 'interface'; name: string }
  /** What the proxy itself sends. */
  | { kind: 'proxy'; direction: 'outbound' | 'own' | 'loopback' }
  /** One for all that the model cannot tell apart. */
  | { kind: 'class' }

/** Values that rules do not tell apart, of one dimension of a flow. */
export interface Part {
  by: 'uid' | 'gid' | 'mark' | 'saddr' | 'daddr' | 'dport'
  values: ValueSet
}

/** What two parts at once are asked for. */
export type Together = Extract<About, { kind: 'together' }>

export interface Question {
  about: About
  flow: ConcreteFlow
}
