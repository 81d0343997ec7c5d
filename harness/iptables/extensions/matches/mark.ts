import type { MatchExtension } from '../extension.ts'
import { byOption } from '../lowering.ts'
import { markOption } from '../mark-option.ts'

/** `-m mark` */
export const mark: MatchExtension = { options: [markOption('mark')], tracks: false, lower: byOption }
