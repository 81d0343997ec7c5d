import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, not, value } from '../option.ts'

/** `-m frag`. */
export const frag: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: [
    value('--fragid', kinds.numbers(32), not),
    value('--fraglen', kinds.number(32), not),
    flag('--fragres'),
    flag('--fragfirst'),
    flag('--fragmore', { without: ['--fraglast'] }),
    flag('--fraglast', { without: ['--fragmore'] }),
  ],
}
