import type { MatchExtension } from '../extension.ts'
import { byOption } from '../lowering.ts'
import { statesOption } from '../states.ts'

/** `-m state`, the old name of `-m conntrack --ctstate`. */
export const state: MatchExtension = {
  options: [statesOption('--state', 5, { required: true })],
  tracks: true,
  lower: byOption,
}
