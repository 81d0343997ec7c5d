import type { MatchExtension } from '../extension.ts'
import { byOption } from '../lowering.ts'
import { markOption } from '../mark-option.ts'

/** `-m connmark` */
export const connmark: MatchExtension = { options: [markOption('ctmark')], tracks: true, lower: byOption }
