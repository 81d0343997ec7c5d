import type { Truth } from '../netfilter/interval-set.ts'

/** What a condition says of a packet, and what the packet has there, in words. */
export interface Answer {
  truth: Truth
  actual: string
}
