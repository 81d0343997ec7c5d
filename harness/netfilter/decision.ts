import type { Interval, IntervalSet } from './interval-set.ts'

/**
 * What a set of several dimensions asks of a packet, one after the other; a port is `protocol * 65536 + port`, of ICMP
 * `protocol * 65536 + type * 256 + code`.
 */
export type DecisionField = 'saddr' | 'daddr' | 'sport' | 'dport' | 'iif' | 'oif' | 'mark'

/** Which tuples lie in a set: the answer, or the value that decides what is asked next. */
export type Decision = boolean | Branch

export interface Branch {
  field: DecisionField
  /** Bits of the value that count; all of them without it. */
  mask?: bigint
  /** Every value leads to one of them, also those that lead to `false`. */
  edges: readonly Edge[]
}

export interface Edge {
  in: IntervalSet<bigint>
  then: Decision
}

interface Stretch extends Interval<bigint> {
  edge: Edge
}

const stretchesOf = new WeakMap<Branch, readonly Stretch[]>()

/** The edges by which a value, or one out of several, leads on. */
export function edgesAt(branch: Branch, value: bigint | Interval<bigint>): Edge[] {
  if (typeof value === 'object') return branch.edges.filter((edge) => edge.in.containsOneOf(value) !== false)
  const stretches = stretchesOf.get(branch) ?? stretchesIn(branch)
  stretchesOf.set(branch, stretches)
  let [low, high] = [0, stretches.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((stretches[middle] as Stretch).first <= value) low = middle
    else high = middle - 1
  }
  const found = stretches[low]
  return found === undefined ? [] : [found.edge]
}

const stretchesIn = ({ edges }: Branch): Stretch[] =>
  edges
    .flatMap((edge) => edge.in.intervals.map((interval) => ({ ...interval, edge })))
    .sort((a, b) => (a.first < b.first ? -1 : 1))

/** Every branch of some decisions, each once. */
export function branchesOf(decisions: readonly Decision[]): Branch[] {
  const found = new Set<Branch>()
  const add = (decision: Decision): void => {
    if (typeof decision !== 'boolean') found.add(decision)
  }
  decisions.forEach(add)
  // Whoever goes through a set meets what is added to it meanwhile.
  for (const { edges } of found) for (const { then } of edges) add(then)
  return [...found]
}
