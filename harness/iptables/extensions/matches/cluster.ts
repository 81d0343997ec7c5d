import { numberOf } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { must, not, value } from '../option.ts'

/** `-m cluster`. */
export const cluster: MatchExtension = {
  ...kept,
  options: [
    value('--cluster-total-nodes', kinds.number(32, 1, 32), must),
    value('--cluster-local-node', kinds.number(32, 1, 32), { ...not, without: ['--cluster-local-nodemask'] }),
    value('--cluster-local-nodemask', kinds.number(32, 1, 32), { ...not, without: ['--cluster-local-node'] }),
    value('--cluster-hash-seed', kinds.number(32), must),
  ],
  check: (match) => {
    const total = numberOf(match, '--cluster-total-nodes') ?? 0n
    const node = numberOf(match, '--cluster-local-node')
    const mask = node === undefined ? numberOf(match, '--cluster-local-nodemask') : 1n << (node - 1n)
    if (mask === undefined) return 'needs --cluster-local-node or --cluster-local-nodemask'
    return mask < 1n << total ? undefined : 'has a node that is none of its nodes'
  },
}
