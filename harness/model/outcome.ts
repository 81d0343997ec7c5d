import type { AddressPort } from '../core/address.ts'
import type { Captured } from '../flow/listener.ts'
import type { ListenerName, Receiver } from '../flow/verdict.ts'

/** What becomes of one connection, datagram or echo request. */
export type Outcome =
  /**
   * `isUnread`: nobody at a listener finds what had been dialled. `isAnswerLost`: a datagram or an echo request has arrived, and the
   * answer to it does not come back.
   */
  | {
      kind: 'received'
      at: ListenerName | Receiver
      /** What the proxy passes on from there, if it does. */
      passesOn?: Captured
      local: AddressPort
      translated: boolean
      isUnread?: true
      isAnswerLost?: true
    }
  | { kind: 'refused'; by: 'pod' | 'peer' }
  | { kind: 'dropped' }
