import { needsOption } from '../checks.ts'
import type { KeptTarget } from '../extension.ts'
import { dscpClass } from '../dscp-class.ts'
import * as kinds from '../kinds.ts'
import { type KeptOption, value } from '../option.ts'

const either = (first: KeptOption, second: KeptOption): KeptOption[] => [
  { ...first, without: [second.option] },
  { ...second, without: [first.option] },
]

/** `-j DSCP`. */
export const dscp: KeptTarget = {
  options: either(value('--set-dscp', kinds.number(8, 0, 63)), value('--set-dscp-class', dscpClass)),
  tables: ['mangle'],
  check: needsOption,
  does: 'tos',
}
