import type { Truth } from '../netfilter/interval-set.ts'
import type { Value } from '../netfilter/meets.ts'

/** The answer of a condition for a packet, and what the packet has in that field, as text. */
export interface Answer {
  truth: Truth
  actual: string
  /** Of a question about a field: the same as numbers, none where it has no such field. */
  values?: readonly Value<number | bigint>[]
}
