import { has, numberOf, wordOf } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { must, not, value } from '../option.ts'

/** `-m statistic`. */
export const statistic: MatchExtension = {
  ...kept,
  options: [
    value('--mode', kinds.oneOf('random', 'nth'), must),
    value('--probability', kinds.decimalFraction(0, 1), { ...not, without: ['--every', '--packet'] }),
    value('--every', kinds.number(32, 1), { ...not, without: ['--probability'], needs: ['--packet'] }),
    value('--packet', kinds.number(32), { without: ['--probability'], needs: ['--every'] }),
  ],
  check: (match) => {
    if (wordOf(match, '--mode') === 'random') return has(match, '--probability') ? undefined : 'needs --probability'
    if (!has(match, '--every')) return 'needs --every and --packet'
    return (numberOf(match, '--packet') ?? 0n) < (numberOf(match, '--every') ?? 0n) ? undefined : 'has a --packet that is not below --every'
  },
}
