import type { Captured } from '../../flow/listener.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'

/** What a flow is sent for. */
export type About =
  /** Traffic of which no rule says anything in particular. */
  | { kind: 'plain'; direction: 'outbound' | 'inbound' | 'own' | 'loopback' }
  /** The same from somebody whom a rule names. */
  | { kind: 'identity'; of: 'uid' | 'gid' | 'group' | 'both' | 'mark' | 'sport'; id: number }
  /** The same for a port or an address that a rule names. */
  | { kind: 'port'; direction: 'outbound' | 'inbound'; port: number }
  | { kind: 'address'; address: string }
  /** What the proxy itself sends. */
  | { kind: 'proxy'; direction: 'outbound' | 'own' | 'loopback' }
  /** One for all that the model cannot tell apart. */
  | { kind: 'class' }

export interface Question {
  about: About
  flow: ConcreteFlow
}

/** Which listeners take what goes in a direction. */
export const takenBy: Readonly<Record<'outbound' | 'inbound', readonly Captured[]>> = {
  outbound: ['outbound', 'dns'],
  inbound: ['inbound'],
}
