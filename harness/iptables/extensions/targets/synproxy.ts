import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, value } from '../option.ts'

/** `-j SYNPROXY`. */
export const synproxy: KeptTarget = {
  options: [
    flag('--sack-perm'),
    flag('--timestamp'),
    value('--wscale', kinds.number(32)),
    value('--mss', kinds.number(32)),
    flag('--ecn'),
  ],
  protocols: [6],
  chains: ['INPUT', 'FORWARD'],
  does: 'unknown',
}
