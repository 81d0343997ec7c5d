import type { Truth } from '../../netfilter/interval-set.ts'
import type { OverField } from '../../netfilter/condition.ts'
import type { Value } from '../../netfilter/meets.ts'

/** The answer of a condition for a packet, and what the packet has in that field, as text. */
export interface Answer {
  truth: Truth
  actual: string
  /** Of a question about a field: the same as numbers, none where it has no such field. */
  values?: readonly Value<number | bigint>[] | undefined
  /** Of a set of several dimensions: the questions that the answer rests on, each of which the packet meets. */
  parts?: readonly Part[] | undefined
}

/** A question that a larger one has come to, and the value that a packet had for it. */
export interface Part {
  question: OverField
  value: Value<number | bigint>
}
