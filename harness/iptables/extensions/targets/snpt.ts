import type { KeptTarget } from '../extension.ts'
import { npt } from '../npt.ts'

/** `-j SNPT`. */
export const snpt: KeptTarget = { ...npt, chains: ['INPUT', 'POSTROUTING'], does: 'unknown' }
