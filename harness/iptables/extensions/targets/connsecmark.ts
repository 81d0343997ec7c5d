import { needsOption } from '../checks.ts'
import type { KeptTarget } from '../extension.ts'
import { flag, type KeptOption } from '../option.ts'

const either = (first: KeptOption, second: KeptOption): KeptOption[] => [
  { ...first, without: [second.option] },
  { ...second, without: [first.option] },
]

/** `-j CONNSECMARK`. */
export const connsecmark: KeptTarget = {
  options: either(flag('--save'), flag('--restore')),
  tables: ['mangle', 'security'],
  check: needsOption,
  does: 'unknown',
}
