import { has } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import { flag } from '../option.ts'

/** `-m socket`; all that one of them asks is one question. */
export const socket: MatchExtension = {
  options: [flag('--transparent'), flag('--nowildcard'), flag('--restore-skmark')],
  chains: ['PREROUTING', 'INPUT'],
  tracks: false,
  lower: (asked) => [
    {
      asked: { subject: ['-m socket', ...asked.options.map(({ option }) => option)].join(' '), negated: false },
      kind: 'socket',
      transparent: has(asked, '--transparent'),
      wildcard: has(asked, '--nowildcard'),
      restoresMark: has(asked, '--restore-skmark'),
    },
  ],
}
