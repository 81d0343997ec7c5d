import { type Field, isAddressField, isOfWay, isPortField } from '../../netfilter/field.ts'
import type { OverField } from '../../netfilter/condition.ts'
import { type Interval, IntervalSet, type Scalar } from '../../netfilter/interval-set.ts'
import type { Value } from '../../netfilter/meets.ts'
import type { RuleStep } from '../../model/rules/trail.ts'
import type { Cell, Constraint } from './cell.ts'
import type { Dimension, ValueSet } from '../boxes/frame.ts'
import { marksLike } from './marks-alike.ts'
import { isIn, sideOf } from './side-of.ts'

/** Whose packet a rule was tried for. */
export interface Tried {
  step: RuleStep
  /** It is of the flow's own connection, not of one that the proxy dials. */
  isOwn: boolean
  /** A rule has changed some bits of a mark, so that it says little of what the flow's own was. */
  isMixed: boolean
  /** A rule has copied a mark from or to the connection. */
  isCopied: boolean
}

type Answered = RuleStep['answers'][number]

/**
 * What a flow must have for a condition to get the answer that the cell's own flow got; nothing, if the answer is the
 * same whatever a flow of the frame has. A packet's value is held for the flow's own wherever it is the same number:
 * translations put constants in their place, and where one of those equals the flow's own value by chance, the cell is
 * only smaller than it might be.
 */
export function answeredAlike(answer: Answered, tried: Tried, cell: Cell): Constraint[] {
  const { condition, truth, parts, values = [] } = answer
  // Each of the questions that it has come to gets the same answer.
  if (parts !== undefined)
    return parts.flatMap(({ question, value }) =>
      membersOf(question.field, value, 0, tried, cell).flatMap((member) =>
        constraintsOf(member, question, tried, cell),
      ),
    )
  if (condition.kind !== 'field' || values.length === 0 || isOfWay(condition.field)) return []
  const asked = condition as unknown as OverField
  // Most conditions ask for one value, and of every flow many are asked.
  const [first] = values
  if (values.length === 1 && first !== undefined && asked.field !== 'anyGid')
    return constraintsOf(memberOf(asked.field, first, tried, cell), asked, tried, cell)
  const members = values.flatMap((value, index) => membersOf(asked.field, value, index, tried, cell))
  const alone = asked.values === 'any' ? true : asked.values === 'every' ? false : undefined
  // Of several values, one in the set is enough to hold (or one outside to fail); the others may be what they will.
  if (truth === alone && members.length > 1) {
    const deciding = members.filter(({ value }) => typeof value !== 'object' && isIn(asked, value) === truth)
    const enough = deciding.find(({ dimensions }) => dimensions.length === 0) ?? deciding[0]
    if (enough !== undefined) return constraintsOf(enough, asked, tried, cell)
  }
  return members.flatMap((member) => constraintsOf(member, asked, tried, cell))
}

interface Member {
  value: Value<Scalar>
  /** In which the flow has that value. */
  dimensions: readonly Dimension[]
}

function membersOf(field: Field, value: Value<Scalar>, index: number, tried: Tried, cell: Cell): Member[] {
  if (field !== 'anyGid' || typeof value === 'object' || !isSenders(tried)) return [memberOf(field, value, tried, cell)]
  if (index > 0) return [{ value, dimensions: ['group'] }]
  // Without supplementary groups both are one.
  return cell.point.group === value || !cell.has('group')
    ? [...(cell.has('group') ? [{ value, dimensions: ['group' as const] }] : []), { value, dimensions: ['gid'] }]
    : [{ value, dimensions: ['gid'] }]
}

const isSenders = ({ isOwn, step }: Tried): boolean => isOwn && step.packet !== 'answer'

const none: readonly Dimension[] = []

function memberOf(field: Field, value: Value<Scalar>, tried: Tried, cell: Cell): Member {
  // One of several that the kernel chooses from, whatever the flow has.
  if (typeof value === 'object') return { value, dimensions: none }
  if (isAddressField(field)) return { value, dimensions: cell.dimensionsWith(value, 'saddr', 'daddr') }
  if (isPortField(field)) return { value, dimensions: cell.dimensionsWith(value, 'sport', 'dport') }
  switch (field) {
    case 'uid':
    case 'gid':
      return { value, dimensions: isSenders(tried) ? [field] : none }
    case 'mark':
    case 'ctmark':
      return { value, dimensions: isMarkOfFlow(field, value, tried, cell) ? ['mark'] : none }
    case 'anyGid':
    case 'protocol':
    case 'tcpFlags':
    case 'icmp':
    case 'tos':
    case 'ctstate':
    case 'ctstatus':
    case 'ctdir':
    case 'ctproto':
    case 'iif':
    case 'oif':
      return { value, dimensions: none }
  }
}

/**
 * An answer has none of its own, nor has a connection, unless a rule copies it; a rule that sets all of it leaves a
 * constant.
 */
function isMarkOfFlow(
  field: 'mark' | 'ctmark',
  value: Scalar,
  { step, isOwn, isMixed, isCopied }: Tried,
  cell: Cell,
): boolean {
  if (!isOwn || (!isCopied && (field === 'ctmark' || step.packet === 'answer'))) return false
  return isMixed || cell.point.mark === value
}

function constraintsOf({ value, dimensions }: Member, asked: OverField, { isMixed }: Tried, cell: Cell): Constraint[] {
  if (typeof value === 'object') return []
  const constraints: Constraint[] = []
  for (const dimension of dimensions) {
    if (!cell.has(dimension)) continue
    const domain = cell.domainOf(dimension) as Interval<Scalar>
    const own = cell.point[dimension] as Scalar
    const set = dimension === 'mark' && isMixed ? undefined : (sideOf(asked, value, domain) ?? bitsLike(asked, cell))
    constraints.push({ dimension, set: set ?? IntervalSet.of(domain, { first: own, last: own }) })
  }
  return constraints
}

/** Marks of which the bits that are asked for get the same answer. */
function bitsLike(asked: OverField, cell: Cell): ValueSet | undefined {
  if (asked.field !== 'mark' && asked.field !== 'ctmark') return undefined
  const [mark, all] = [cell.point.mark, cell.in('mark')]
  if (typeof mark !== 'number' || all === undefined) return undefined
  return marksLike(mark, all, (other) => isIn(asked, other))
}
