import type { AddressPort } from '../../core/address.ts'
import type { Captured } from '../../flow/listener.ts'
import type { ListenerName, Receiver } from '../../flow/verdict.ts'
import type { Unpredictable } from '../packet/unpredictable.ts'

/** The outcome of one connection, datagram or echo request. */
export type Outcome =
  /**
   * `isUnread`: the listener cannot read the original destination. `isAnswerLost`: a datagram or an echo request has
   * arrived, but the answer to it does not come back; `answerUnknown`: why it cannot be predicted whether it does.
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
      answerUnknown?: Unpredictable
    }
  | { kind: 'refused'; by: 'pod' | 'peer' }
  | { kind: 'dropped' }
