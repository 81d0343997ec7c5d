import { knownTarget } from '../extension.ts'

/** `-j ACCEPT` */
export const accept = knownTarget({ options: [], read: () => true, print: () => '', lower: () => ({ kind: 'accept' }) })
