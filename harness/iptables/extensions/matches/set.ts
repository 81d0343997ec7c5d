import { atLeast } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, not, value } from '../option.ts'
import { lowerSet } from '../set-lowering.ts'
import { setOption } from '../set-option.ts'

/** `-m set`. */
export const set: MatchExtension = {
  options: [
    setOption('--match-set', { ...not, also: ['--set'] }),
    flag('--return-nomatch', not),
    flag('--update-counters', not),
    flag('--update-subcounters', not),
    ...['packets', 'bytes'].flatMap((name) => [
      value(`--${name}-eq`, kinds.number(64), not),
      value(`--${name}-lt`, kinds.number(64)),
      value(`--${name}-gt`, kinds.number(64)),
    ]),
  ],
  check: atLeast('--match-set', '--match-set'),
  tracks: false,
  lower: lowerSet,
}
