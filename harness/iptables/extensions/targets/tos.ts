import { needsOption } from '../checks.ts'
import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { value } from '../option.ts'

/** `-j TOS`. */
export const tos: KeptTarget = {
  options: [
    value('--set-tos', kinds.tos, { without: ['--and-tos', '--or-tos', '--xor-tos'] }),
    ...['--and-tos', '--or-tos', '--xor-tos'].map((name, _, all) =>
      value(name, kinds.number(8), { without: ['--set-tos', ...all.filter((other) => other !== name)] }),
    ),
  ],
  tables: ['mangle'],
  check: needsOption,
  does: 'tos',
}
