import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { must, mustNot, value } from '../option.ts'

/** `-m connbytes`. */
export const connbytes: MatchExtension = {
  ...kept,
  options: [
    value('--connbytes', kinds.numbers(64, true), mustNot),
    value('--connbytes-mode', kinds.oneOf('packets', 'bytes', 'avgpkt'), must),
    value('--connbytes-dir', kinds.oneOf('original', 'reply', 'both'), must),
  ],
}
