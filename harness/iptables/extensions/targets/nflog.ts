import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { type KeptOption, value } from '../option.ts'

const either = (first: KeptOption, second: KeptOption): KeptOption[] => [
  { ...first, without: [second.option] },
  { ...second, without: [first.option] },
]

/** `-j NFLOG`. */
export const nflog: KeptTarget = {
  options: [
    value('--nflog-prefix', kinds.oneLine(1), { isText: true }),
    value('--nflog-group', kinds.number(16)),
    ...either(value('--nflog-range', kinds.number(32)), value('--nflog-size', kinds.number(32))),
    value('--nflog-threshold', kinds.number(16)),
  ],
  does: 'continue',
}
