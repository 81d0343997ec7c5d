import type { AddressPort } from '../core/address.ts'
import type { Credentials } from '../flow/identity.ts'
import type { Listener, Receiver } from '../flow/verdict.ts'

/** One that listens in the pod: whose it is, and at which address. */
export interface ListeningSocket extends AddressPort {
  at: Listener | Receiver
  protocol: 'tcp' | 'udp'
  credentials: Credentials
  /** It takes connections to addresses that are not its own (ip(7), IP_TRANSPARENT). */
  transparent?: boolean
}
