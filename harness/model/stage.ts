/** Which packet of a connection it is: the one that begins it, the first one back, or what is said to that. */
export type Stage = 'first' | 'answer' | 'acknowledgement'
