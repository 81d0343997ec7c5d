import { knownTarget } from '../extension.ts'

/** `-j DROP` */
export const drop = knownTarget({
  options: [],
  tables: ['raw', 'mangle', 'filter', 'security'],
  read: () => true,
  print: () => '',
  lower: () => ({ kind: 'drop' }),
})
