import type { Condition } from '../../netfilter/condition.ts'
import type { Field } from '../../netfilter/field.ts'
import { IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'

/** The values that packets may have in one respect, and whether they may be without it. */
export interface Side {
  in: IntervalSet<Scalar>
  absent: boolean
}

/**
 * Packets, as a product: those that have one of these values in each respect. A respect that is not there is free. A
 * condition that is no set over a field is a respect of its own, by its text: it holds or not.
 */
export type Box = ReadonlyMap<string, Side>

export const everything: Box = new Map()

const holds = { first: 0, last: 1 } as const
const truth = (isTrue: boolean): IntervalSet<Scalar> => {
  const value = isTrue ? 1 : 0
  return IntervalSet.of<Scalar>(holds, { first: value, last: value })
}

/** Of these a packet has several values, or two of them are held against each other. */
const several: readonly Field[] = ['anyPort', 'anyGid', 'ctstate']
/** Without them every condition on them fails, negated or not (model/rules/packet-fields.ts). */
const failing: readonly Field[] = ['sport', 'dport', 'anyPort', 'ctmark']

/**
 * The packets that meet all of a rule's conditions. `isExact` says that those in the box do, and not only they alone:
 * of what nobody knows it does not hold.
 */
export function boxOf(conditions: readonly Condition[]): { box: Box | undefined; isExact: boolean } {
  let box: Box | undefined = everything
  let isExact = true
  for (const condition of conditions) {
    const side = sideOf(condition)
    if (side === 'unknown') isExact = false
    else if (side !== 'always') box = box && narrowed(box, side.name, side.side)
  }
  return { box, isExact }
}

/** What a condition asks, as one respect; `unknown` where the same packet may meet it once and not another time. */
function sideOf(condition: Condition): { name: string; side: Side } | 'always' | 'unknown' {
  const { asked } = condition
  const yesOrNo = (name: string, isTrue = !asked.negated, absent = false) => ({
    name,
    side: { in: truth(isTrue), absent },
  })
  switch (condition.kind) {
    case 'comment':
    case 'limit-interface':
      return 'always'
    case 'chance':
    case 'unknown':
      return 'unknown'
    case 'set':
      // As long as rules change it, the same packet may be in it and not be another time.
      return condition.changes.size > 0 ? 'unknown' : yesOrNo(`set ${asked.value}`)
    case 'field': {
      const { field, mask, ifAbsent } = condition
      const absent = ifAbsent && !failing.includes(field)
      if (!several.includes(field))
        return { name: `${field}/${mask ?? ''}`, side: { in: condition.in as IntervalSet<Scalar>, absent } }
      const set = condition.values === 'every' ? condition.in.complement() : condition.in
      return yesOrNo(
        `${field} ${set.intervals.map(({ first, last }) => `${first}-${last}`).join()}`,
        condition.values !== 'every',
        absent,
      )
    }
    case 'account':
      return yesOrNo(`${condition.field} ${condition.name}`, !asked.negated, condition.ifAbsent)
    case 'address-type':
      return yesOrNo(`${condition.side} ${condition.types.join()} ${condition.device ?? ''}`, !condition.negated)
    case 'socket-exists':
    case 'fragment':
      return yesOrNo(condition.kind, !condition.negated)
    case 'socket':
      return yesOrNo(`socket ${condition.transparent} ${condition.wildcard}`)
  }
}

/** Those of a box that have one of these values in a respect; undefined if there are none. */
export function narrowed(box: Box, name: string, side: Side): Box | undefined {
  const own = box.get(name)
  const both = own === undefined ? side : { in: own.in.intersect(side.in), absent: own.absent && side.absent }
  return both.in.isEmpty && !both.absent ? undefined : new Map(box).set(name, both)
}

/** Those of both; undefined if there are none. */
export function intersect(a: Box, b: Box): Box | undefined {
  let both: Box | undefined = a
  for (const [name, side] of b) both = both && narrowed(both, name, side)
  return both
}

/** Those of a box that are not in another one, as boxes without common packets. */
export function subtract(box: Box, hole: Box): Box[] {
  if (intersect(box, hole) === undefined) return [box]
  const pieces: Box[] = []
  let rest: Box = box
  for (const [name, side] of hole) {
    const outside = narrowed(rest, name, { in: side.in.complement(), absent: !side.absent })
    if (outside !== undefined) pieces.push(outside)
    const inside = narrowed(rest, name, side)
    if (inside === undefined) break
    rest = inside
  }
  return pieces
}

/**
 * The same packets, with nothing said of the respects whose names begin so: what was known of them is no longer true.
 */
export const forgetting = (box: Box, ...names: readonly string[]): Box =>
  new Map([...box].filter(([name]) => !names.some((begin) => name.startsWith(begin))))
