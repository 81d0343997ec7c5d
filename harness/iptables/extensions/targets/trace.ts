import type { KeptTarget } from '../extension.ts'

/** `-j TRACE`. */
export const trace: KeptTarget = { options: [], tables: ['raw'], does: 'continue' }
