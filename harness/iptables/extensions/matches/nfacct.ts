import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { must, value } from '../option.ts'

/** `-m nfacct`. */
export const nfacct: MatchExtension = {
  ...kept,
  options: [value('--nfacct-name', kinds.text(1), must)],
}
