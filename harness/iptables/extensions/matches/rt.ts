import { familyOf } from '../../../core/address.ts'
import { wholeNumber } from '../../words/c-numbers.ts'
import { has, wordOf } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, not, value } from '../option.ts'

const routeAddresses = kinds.kind('a list of up to 16 IPv6 addresses', (written) => {
  const entries = written.split(',')
  return entries.length <= 16 && entries.every((entry) => familyOf(entry) === 'ipv6')
})

/** `-m rt`. */
export const rt: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: [
    value('--rt-type', kinds.number(32), not),
    value('--rt-segsleft', kinds.numbers(32), not),
    value('--rt-len', kinds.number(32), not),
    flag('--rt-0-res', { follows: '--rt-type' }),
    value('--rt-0-addrs', routeAddresses, { follows: '--rt-type' }),
    flag('--rt-0-not-strict', { follows: '--rt-0-addrs' }),
  ],
  check: (match) => {
    const type = match.options.find(({ option }) => option === '--rt-type')
    const isZero =
      type !== undefined && !type.negated && wholeNumber(wordOf(match, '--rt-type') ?? '', 0xffffffff) === 0n
    return (has(match, '--rt-0-res') || has(match, '--rt-0-addrs')) && !isZero ? 'needs --rt-type 0 first' : undefined
  },
}
