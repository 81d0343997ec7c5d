import type { Answer } from '../model/rules/answer.ts'
import { type Account, type Condition, type FieldQuestion, textOf } from '../netfilter/condition.ts'
import { type Interval, rangeText } from '../netfilter/interval-set.ts'
import type { RuleStep } from '../model/rules/trail.ts'

/** How many reasons a sentence has room for. */
const mostReasons = 4

/** The matched rules by which a packet came to a step, from the kernel's own chain down; the step is the last. */
export function wayTo(step: RuleStep, steps: readonly RuleStep[]): RuleStep[] {
  const way = [step]
  for (let at = steps.indexOf(step); at >= 0; at -= 1) {
    const [inner, other] = [way[0], steps[at]]
    if (inner === undefined || inner.chain === inner.hook) break
    if (other !== undefined && leadsTo(other, inner)) way.unshift(other)
  }
  return way
}

const leadsTo = ({ table, hook, packet, truth, rule: { statements } }: RuleStep, to: RuleStep): boolean =>
  truth === true &&
  table === to.table &&
  hook === to.hook &&
  packet === to.packet &&
  statements.some(
    (statement) => (statement.kind === 'jump' || statement.kind === 'goto') && statement.chain === to.chain,
  )

/**
 * What sets a flow apart by the rules on its way: `its primary group is 1337`. Nothing, where they take all there is of
 * a protocol.
 */
export function reasonsOf(way: readonly RuleStep[]): string[] {
  const reasons = way.flatMap(({ answers }) => answers.flatMap((answer) => reasonOf(answer) ?? []))
  return [...new Set(reasons)].slice(-mostReasons)
}

function reasonOf({ condition, actual }: Answer & { condition: Condition }): string | undefined {
  switch (condition.kind) {
    case 'field':
      return fieldReason(condition, actual)
    case 'account':
      return ownerReason(condition, actual, condition.name)
    case 'socket-exists':
      return `it has ${actual}`
    case 'address-type':
      return `its ${condition.side}'s address type is ${actual}${condition.negated ? `, not ${condition.types.join(' or ')}` : ''}`
    case 'fragment':
    case 'comment':
    case 'limit-interface':
      return undefined
    case 'socket':
    case 'set':
    case 'unknown':
      return `${textOf(condition)} holds`
  }
}

function fieldReason(condition: Condition & FieldQuestion, actual: string): string | undefined {
  const { negated, value } = condition.asked
  const butNot = (wanted = value): string => (negated ? `, not ${wanted}` : '')
  switch (condition.field) {
    case 'saddr':
    case 'daddr':
      return addressReason(condition, actual)
    case 'iif':
    case 'oif': {
      const way = condition.field === 'oif' ? 'it leaves by' : 'it comes in by'
      return `${way} ${actual === 'none' ? 'no interface' : actual}${negated ? `, not by ${value}` : ''}`
    }
    case 'sport':
    case 'dport':
    case 'anyPort': {
      const side = {
        sport: 'source port is',
        dport: 'destination port is',
        anyPort: 'source and destination ports are',
      }[condition.field]
      return `its ${side} ${actual}${negated ? `, which is not ${listed(condition.in.complement().intervals)}` : ''}`
    }
    case 'uid':
    case 'gid':
    case 'anyGid': {
      const named = negated ? condition.in.complement() : condition.in
      return ownerReason(condition, actual, condition.account?.name ?? named.intervals.map(rangeText).join())
    }
    case 'ctstate':
      return `its state is ${actual}${butNot(value?.replaceAll(',', ' or '))}`
    case 'mark':
      return `its mark is ${actual}${butNot()}`
    case 'ctmark':
      return `its connection's mark is ${actual}${butNot()}`
    case 'tcpFlags':
      return `its TCP flags are ${actual}`
    case 'icmp':
      return condition.in.isFull ? undefined : `its ICMP type is ${actual}`
    case 'protocol':
      return undefined
  }
}

function addressReason(
  { field, asked: { negated, value = '' }, in: set, mask }: Condition & FieldQuestion,
  actual: string,
): string | undefined {
  const side = field === 'saddr' ? 'its source' : 'its destination'
  const named = negated ? set.complement() : set
  if (named.isFull) return undefined
  const [only] = named.intervals
  const isHost = mask === undefined && only?.first === only?.last
  if (isHost) return negated ? `${side} is ${actual}, not ${value.replace(/\/\d+$/, '')}` : `${side} is ${actual}`
  return `${side} ${actual} is ${negated ? 'not ' : ''}in ${value}`
}

function ownerReason(
  { field, asked: { negated } }: Condition & (FieldQuestion | Account),
  actual: string,
  wanted: string,
): string {
  if (actual === 'no owner') return 'nobody in the pod owns it'
  if (actual === "the kernel's own") return 'the kernel itself sends it'
  if (field === 'anyGid') return `${negated ? 'none' : 'one'} of its groups (${actual}) is ${wanted}`
  return `its ${field === 'uid' ? 'user' : 'primary group'} is ${actual}${negated ? `, not ${wanted}` : ''}`
}

const listed = (ranges: readonly Interval<number>[]): string => ranges.map(rangeText).join(' or ')
