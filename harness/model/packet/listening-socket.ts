import type { AddressPort } from '../../core/address.ts'
import type { Credentials } from '../../flow/identity.ts'
import type { Captured } from '../../flow/listener.ts'
import type { ListenerName, Receiver } from '../../flow/verdict.ts'

/** A listening socket in the pod: its owner and its address. */
export interface ListeningSocket extends AddressPort {
  at: ListenerName | Receiver
  protocol: 'tcp' | 'udp'
  /** What it passes on, if it does. */
  passesOn?: Captured
  /** It captures DNS, for which the original destination of a query does not count. */
  isDns?: true
  credentials: Credentials
  /** It takes connections to addresses that are not its own (ip(7), IP_TRANSPARENT). */
  transparent?: boolean
}
