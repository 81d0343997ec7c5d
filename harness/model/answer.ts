import type { Truth } from '../netfilter/interval-set.ts'

/** The answer of a condition for a packet, and what the packet has in that field, as text. */
export interface Answer {
  truth: Truth
  actual: string
}
