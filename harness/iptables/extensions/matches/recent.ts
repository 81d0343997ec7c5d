import { atLeast, has, wordOf } from '../checks.ts'
import type { Asked, MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, not, value } from '../option.ts'

/** How long a name of /proc is, and what it may not be (recent_mt_check_v1 in net/netfilter/xt_recent.c). */
const procName = kinds.kind(
  'a name of at most 199 bytes without /',
  (written) => written !== '' && Buffer.byteLength(written) < 200 && !written.includes('/'),
)

const recentActions = ['--set', '--rcheck', '--update', '--remove']

/** recent_mt_check in net/netfilter/xt_recent.c. */
function checkRecent(match: Asked): string | undefined {
  const changes = ['--set', '--remove'].find((option) => has(match, option))
  const asks = ['--seconds', '--hitcount', '--reap'].find(
    (option) => has(match, option) && wordOf(match, option) !== '0',
  )
  if (changes !== undefined && asks !== undefined) return `has no ${asks} beside ${changes}`
  return atLeast('one of --set, --rcheck, --update and --remove', ...recentActions)(match)
}

/** `-m recent`. */
export const recent: MatchExtension = {
  ...kept,
  options: [
    ...['--set', '--rcheck', '--update', '--remove'].map((name, _, all) =>
      flag(name, { ...not, without: all.filter((other) => other !== name) }),
    ),
    value('--seconds', kinds.number(32, 1)),
    flag('--reap', { needs: ['--seconds'] }),
    value('--hitcount', kinds.number(32)),
    flag('--rttl', { without: ['--set', '--remove'] }),
    value('--name', procName),
    value('--mask', addressKinds.host),
    flag('--rsource'),
    flag('--rdest'),
  ],
  check: checkRecent,
}
