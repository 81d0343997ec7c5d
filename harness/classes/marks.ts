import type { Family } from '../core/address.ts'
import type { PolicyRouting } from '../flow/policy-routing.ts'
import { IntervalSet } from '../netfilter/interval-set.ts'
import { rulesOf, type Ruleset } from '../netfilter/ruleset.ts'
import type { Statement } from '../netfilter/statement.ts'
import type { Cell, Constraint } from './cell.ts'

type Routing = Pick<PolicyRouting, 'rules' | 'routes'>
const allBits = 0xffff_ffff

/** What a flow's mark must be for the policy routing to lead it the same way. */
export function markRoutedAlike({ rules }: Routing, cell: Cell): Constraint[] {
  const own = cell.point.mark
  const domain = cell.box.in.mark?.domain
  if (typeof own !== 'number' || domain === undefined) return []
  return rules.flatMap(({ family, fwmark = 0, mask = fwmark === 0 ? 0 : allBits }): Constraint[] => {
    if (family !== cell.box.frame.family || mask === 0) return []
    const asked = IntervalSet.of(domain, { first: fwmark, last: fwmark })
    const pinned = IntervalSet.of(domain, { first: own, last: own })
    return [{ dimension: 'mark', set: mask !== allBits ? pinned : asked.contains(own) ? asked : asked.complement() }]
  })
}

/** Whether it changes some bits of a mark and leaves the others. */
export function isPartialMark(statement: Statement): boolean {
  if (statement.kind === 'mark' || statement.kind === 'tproxy')
    return statement.mask !== allBits && statement.mask + statement.value !== 0
  if (statement.kind !== 'connmark') return false
  return statement.action === 'set'
    ? statement.mask !== allBits
    : statement.nfmask !== allBits || statement.ctmask !== allBits
}

/** How many marks are looked at where rules look at single bits. */
const mostMarks = 64

/**
 * The marks that flows may have, so that every rule says of any other mark what it says of one of these. All there are
 * where rules ask for whole marks; where they ask for bits, or change them, each combination of these bits.
 */
export function marksFor(
  rulesets: readonly Ruleset[],
  routings: readonly Routing[],
  family: Family,
): IntervalSet<number> {
  const domain = { first: 0, last: allBits }
  const masks = new Set<number>()
  const values = new Set<number>([0])
  const note = (value: number, mask: number): void => {
    masks.add(mask >>> 0)
    for (const near of [value, value + 1]) values.add(near >>> 0)
  }
  for (const rule of rulesets.flatMap(rulesOf)) {
    for (const condition of rule.conditions) {
      if (condition.kind !== 'field' || (condition.field !== 'mark' && condition.field !== 'ctmark')) continue
      for (const value of condition.in.boundaries()) note(value, condition.mask ?? allBits)
    }
    for (const statement of rule.statements) {
      if (!isPartialMark(statement)) continue
      if (statement.kind === 'connmark' && statement.action !== 'set')
        for (const mask of [statement.nfmask, statement.ctmask]) masks.add(mask)
      else if ('mask' in statement) note(statement.value, statement.mask | statement.value)
    }
  }
  for (const rule of routings.flatMap(({ rules }) => rules)) {
    if (rule.family === family && rule.fwmark !== undefined) note(rule.fwmark, rule.mask ?? allBits)
  }
  if ([...masks].every((mask) => mask === allBits || mask === 0)) return IntervalSet.all(domain)
  const bits = [...masks].filter((mask) => mask !== allBits).reduce((all, mask) => all | mask, 0) >>> 0
  for (const combination of combinations(bits)) values.add(combination)
  return IntervalSet.of(domain, ...[...values].map((value) => ({ first: value, last: value })))
}

/** Every number that has no other bits than these, as far as there are not too many. */
function combinations(bits: number): number[] {
  let found = [0]
  for (let bit = 0; bit < 32 && found.length < mostMarks; bit += 1) {
    const one = (1 << bit) >>> 0
    if ((bits & one) !== 0) found = [...found, ...found.map((value) => (value | one) >>> 0)]
  }
  return found
}
