import { atLeast, numberOf } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import { isHexString } from '../formats.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, must, not, value } from '../option.ts'

/** `-m string`. */
export const string: MatchExtension = {
  ...kept,
  options: [
    value('--string', kinds.text(1, 128), { ...not, isText: true, without: ['--hex-string'] }),
    value('--hex-string', kinds.kind('a text with hexadecimal bytes between bars', isHexString), {
      ...not,
      isText: true,
      without: ['--string'],
    }),
    value('--algo', kinds.oneOf('bm', 'kmp'), must),
    value('--from', kinds.number(16)),
    value('--to', kinds.number(16)),
    flag('--icase'),
  ],
  check: (match) =>
    atLeast('--string or --hex-string', '--string', '--hex-string')(match) ??
    ((numberOf(match, '--from') ?? 0n) > (numberOf(match, '--to') ?? 65535n) ? 'has a --from above its --to' : undefined),
}
