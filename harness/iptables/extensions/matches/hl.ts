import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { not, value } from '../option.ts'

/** `-m hl`. */
export const hl: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: [
    value('--hl-lt', kinds.number(8), { without: ['--hl-gt', '--hl-eq'] }),
    value('--hl-gt', kinds.number(8), { without: ['--hl-lt', '--hl-eq'] }),
    value('--hl-eq', kinds.number(8), { ...not, without: ['--hl-gt', '--hl-lt'] }),
    value('--hl', kinds.number(8), { as: '--hl-eq' }),
  ],
  check: needsAny('--hl-eq, --hl-lt or --hl-gt'),
}
