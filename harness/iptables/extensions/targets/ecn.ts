import { isTcp, needsOption } from '../checks.ts'
import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, value } from '../option.ts'

/** `-j ECN`. */
export const ecn: KeptTarget = {
  family: 'ipv4',
  options: [
    flag('--ecn-tcp-remove', { without: ['--ecn-tcp-cwr', '--ecn-tcp-ece'] }),
    value('--ecn-tcp-cwr', kinds.number(8, 0, 1), { without: ['--ecn-tcp-remove'] }),
    value('--ecn-tcp-ece', kinds.number(8, 0, 1), { without: ['--ecn-tcp-remove'] }),
    value('--ecn-ip-ect', kinds.number(8, 0, 3)),
  ],
  tables: ['mangle'],
  check: (names, around) =>
    needsOption(names) ??
    ([...names].some((name) => name.startsWith('--ecn-tcp')) && !isTcp(around) ? 'needs -p tcp' : undefined),
  does: 'tos',
}
