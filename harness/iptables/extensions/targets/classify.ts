import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { must, value } from '../option.ts'

/** `-j CLASSIFY`. */
export const classify: KeptTarget = {
  options: [
    value(
      '--set-class',
      kinds.kind('a class; write MAJOR:MINOR', (written) => /^\s*(0x)?[0-9a-f]+:\s*(0x)?[0-9a-f]/i.test(written)),
      must,
    ),
  ],
  chains: ['OUTPUT', 'FORWARD', 'POSTROUTING'],
  does: 'continue',
}
