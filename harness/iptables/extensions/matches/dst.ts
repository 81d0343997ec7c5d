import type { MatchExtension } from '../extension.ts'
import { headerOptions } from '../header-options.ts'
import { kept } from '../lowering.ts'

/** `-m dst`. */
export const dst: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: headerOptions('dst'),
}
