import type { PolicyRouting } from '../../flow/policy-routing.ts'
import { IntervalSet } from '../../netfilter/interval-set.ts'
import type { ValueSet } from '../boxes/frame.ts'
import { allBits } from '../marks/mark-questions.ts'
import type { Cell, Constraint } from './cell.ts'

/** What a flow's mark must be for the policy routing to lead it the same way. */
export function markRoutedAlike({ rules }: Pick<PolicyRouting, 'rules'>, cell: Cell): Constraint[] {
  const own = cell.point.mark
  const all = cell.in('mark')
  if (typeof own !== 'number' || all === undefined) return []
  return rules.flatMap(({ family, fwmark = 0, mask = fwmark === 0 ? 0 : allBits }): Constraint[] => {
    if (family !== cell.frame.family || mask === 0) return []
    const asked = IntervalSet.of(all.domain, { first: fwmark, last: fwmark })
    const whole = asked.contains(own) ? asked : asked.complement()
    const set = mask === allBits ? whole : marksLike(own, all, (mark) => ((mark ^ fwmark) & mask) === 0)
    return [{ dimension: 'mark', set }]
  })
}

/** Of marks that are few, those that are answered as one of them is; of all others that one alone. */
export function marksLike(own: number, { domain, intervals }: ValueSet, answer: (mark: number) => boolean): ValueSet {
  const few = intervals.every(({ first, last }) => first === last) ? intervals : []
  const alike = few.filter(({ first }) => answer(Number(first)) === answer(own))
  return IntervalSet.of(domain, { first: own, last: own }, ...alike)
}
