import type { Answer } from '../model/answer.ts'
import type { Condition, Range } from '../iptables/tree.ts'
import { printCondition } from '../iptables/print.ts'
import { prefixLength } from '../iptables/header-values.ts'
import type { Step } from '../model/trail.ts'

/** How many reasons a sentence has room for. */
const mostReasons = 4

/** The matched rules by which a packet came to a step, from the kernel's own chain down; the step is the last. */
export function wayTo(step: Step, steps: readonly Step[]): Step[] {
  const way = [step]
  for (let at = steps.indexOf(step); at >= 0; at -= 1) {
    const [inner, other] = [way[0], steps[at]]
    if (inner === undefined || inner.chain === inner.hook) break
    if (other !== undefined && leadsTo(other, inner)) way.unshift(other)
  }
  return way
}

const leadsTo = ({ table, hook, packet, truth, rule: { target } }: Step, to: Step): boolean =>
  truth === true &&
  table === to.table &&
  hook === to.hook &&
  packet === to.packet &&
  (target?.kind === 'jump' || target?.kind === 'goto') &&
  target.chain === to.chain

/** What sets a flow apart by the rules on its way: `its primary group is 1337`. Nothing, where they take all there is of a protocol. */
export function reasonsOf(way: readonly Step[]): string[] {
  const reasons = way.flatMap(({ answers }) => answers.flatMap((answer) => reasonOf(answer) ?? []))
  return [...new Set(reasons)].slice(-mostReasons)
}

function reasonOf({ condition, actual }: Answer & { condition: Condition }): string | undefined {
  const not = condition.negated
  switch (condition.kind) {
    case 'address': {
      const side = `its ${condition.side}`
      const length = prefixLength(condition.mask)
      if (length === 0) return undefined
      const isHost = condition.address === actual || length === (condition.address.includes(':') ? 128 : 32)
      if (isHost) return not ? `${side} is ${actual}, not ${condition.address}` : `${side} is ${actual}`
      return `${side} ${actual} is ${not ? 'not ' : ''}in ${condition.address}/${length ?? condition.mask}`
    }
    case 'interface': {
      const way = condition.side === 'out' ? 'it leaves by' : 'it comes in by'
      return `${way} ${actual === 'none' ? 'no interface' : actual}${not ? `, not by ${condition.name}` : ''}`
    }
    case 'ports': {
      const side = condition.side === 'either' ? 'source and destination ports are' : `${condition.side} port is`
      return `its ${side} ${actual}${not ? `, which is not ${listed(condition.ranges)}` : ''}`
    }
    case 'owner':
      return ownerReason(condition, actual, rangeText(condition.range))
    case 'owner-name':
      return ownerReason(condition, actual, condition.name)
    case 'socket-exists':
      return `it has ${actual}`
    case 'states':
      return `its state is ${actual}${not ? `, not ${condition.states.join(' or ')}` : ''}`
    case 'mark':
      return `its ${condition.of === 'packet' ? 'mark' : "connection's mark"} is ${actual}${not ? `, not ${printCondition(condition).split(' ').at(-1)}` : ''}`
    case 'address-type':
      return `its ${condition.side}'s address type is ${actual}${not ? `, not ${condition.types.join(' or ')}` : ''}`
    case 'tcp-flags':
      return `its TCP flags are ${actual}`
    case 'icmp-type':
      return condition.type === 'any' ? undefined : `its ICMP type is ${actual}`
    case 'protocol':
    case 'fragment':
    case 'comment':
    case 'limit-interface':
      return undefined
    case 'socket-option':
    case 'unknown':
      return `${printCondition(condition)} holds`
  }
}

function ownerReason(
  { of, supplementary, negated }: { of: 'uid' | 'gid'; supplementary?: true; negated: boolean },
  actual: string,
  asked: string,
): string {
  if (actual === 'no owner') return 'nobody in the pod owns it'
  if (actual === "the kernel's own") return 'the kernel itself sends it'
  if (supplementary) return `${negated ? 'none' : 'one'} of its groups (${actual}) is ${asked}`
  return `its ${of === 'uid' ? 'user' : 'primary group'} is ${actual}${negated ? `, not ${asked}` : ''}`
}

const rangeText = ({ first, last }: Range): string => (first === last ? `${first}` : `${first}-${last}`)
const listed = (ranges: readonly Range[]): string => ranges.map(rangeText).join(' or ')
