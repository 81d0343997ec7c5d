import type { KeptTarget } from '../extension.ts'

/** `-j NOTRACK`. */
export const notrack: KeptTarget = { options: [], tables: ['raw'], does: 'notrack' }
