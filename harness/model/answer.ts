/** Yes, no, or nobody here can tell. */
export type Truth = boolean | 'unknown'

/** What a condition says of a packet, and what the packet has there, in words. */
export interface Answer {
  truth: Truth
  actual: string
}
