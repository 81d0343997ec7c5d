import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { value } from '../option.ts'

const rate = kinds.kind('a rate; write COUNT/second, /minute, /hour or /day', (written) =>
  kinds.isRate(written, 10000n),
)

/** `-m limit`. */
export const limit: MatchExtension = {
  ...kept,
  options: [value('--limit', rate), value('--limit-burst', kinds.number(32, 0, 10000))],
}
