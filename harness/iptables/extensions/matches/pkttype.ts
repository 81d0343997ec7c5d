import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m pkttype`. */
export const pkttype: MatchExtension = {
  ...kept,
  options: [
    value(
      '--pkt-type',
      kinds.oneOfAnyCase('unicast', 'broadcast', 'multicast', 'otherhost', 'bcast', 'mcast', 'host'),
      mustNot,
    ),
  ],
}
