import type { KeptTarget } from '../extension.ts'

/** `-j QUEUE` */
export const queue: KeptTarget = { options: [], does: 'unknown' }
