import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import { dscpClass } from '../dscp-class.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { not, value } from '../option.ts'

/** `-m dscp`. */
export const dscp: MatchExtension = {
  ...kept,
  options: [
    value('--dscp', kinds.number(8, 0, 63), { ...not, without: ['--dscp-class'] }),
    value('--dscp-class', dscpClass, { ...not, without: ['--dscp'] }),
  ],
  check: needsAny('--dscp or --dscp-class'),
}
