import type { KeptTarget } from '../extension.ts'
import { npt } from '../npt.ts'

/** `-j DNPT`. */
export const dnpt: KeptTarget = { ...npt, chains: ['PREROUTING', 'OUTPUT'], does: 'unknown' }
