import type { MatchExtension } from '../extension.ts'
import { headerOptions } from '../header-options.ts'
import { kept } from '../lowering.ts'

/** `-m hbh`. */
export const hbh: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: headerOptions('hbh'),
}
