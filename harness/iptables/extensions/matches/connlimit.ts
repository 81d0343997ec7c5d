import { atLeast } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, not, value } from '../option.ts'

/** `-m connlimit`. */
export const connlimit: MatchExtension = {
  ...kept,
  options: [
    value('--connlimit-upto', kinds.number(32), { ...not, without: ['--connlimit-above'] }),
    value('--connlimit-above', kinds.number(32), { ...not, without: ['--connlimit-upto'] }),
    value('--connlimit-mask', addressKinds.prefix),
    flag('--connlimit-saddr', { without: ['--connlimit-daddr'] }),
    flag('--connlimit-daddr', { without: ['--connlimit-saddr'] }),
  ],
  check: atLeast('--connlimit-above or --connlimit-upto', '--connlimit-above', '--connlimit-upto'),
}
