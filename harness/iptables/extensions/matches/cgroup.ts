import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { not, value } from '../option.ts'

/** `-m cgroup`. */
export const cgroup: MatchExtension = {
  ...kept,
  options: [value('--path', kinds.text(1, 511), not), value('--cgroup', kinds.number(32), not)],
  chains: ['INPUT', 'OUTPUT', 'POSTROUTING'],
  check: ({ options }) => (options.length === 1 ? undefined : 'needs exactly one of --path and --cgroup'),
}
