import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { value } from '../option.ts'

/** `-j ULOG`. */
export const ulog: KeptTarget = {
  family: 'ipv4',
  options: [
    value('--ulog-nlgroup', kinds.number(8, 1, 32)),
    value('--ulog-prefix', kinds.oneLine(1), { isText: true }),
    value('--ulog-cprange', kinds.number(64)),
    value('--ulog-qthreshold', kinds.number(64, 1, 50)),
  ],
  does: 'unknown',
}
