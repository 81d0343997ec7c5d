import { knownTarget } from '../extension.ts'

/** `-j RETURN` */
export const return_ = knownTarget({
  options: [],
  read: () => true,
  print: () => '',
  lower: () => ({ kind: 'return' }),
})
