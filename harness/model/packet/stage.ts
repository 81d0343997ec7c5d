/** Which packet of a connection it is: the first one, the answer to it, or the acknowledgement of the answer. */
export type Stage = 'first' | 'answer' | 'acknowledgement'
