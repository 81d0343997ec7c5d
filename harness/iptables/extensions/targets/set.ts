import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, value } from '../option.ts'
import { setOption } from '../set-option.ts'

function checkSet(names: ReadonlySet<string>): string | undefined {
  if (!['--add-set', '--del-set', '--map-set'].some((name) => names.has(name)))
    return 'needs --add-set, --del-set or --map-set'
  if (!names.has('--add-set') && (names.has('--exist') || names.has('--timeout')))
    return 'has --exist and --timeout for --add-set alone'
  const isMapped = ['--map-mark', '--map-prio', '--map-queue'].some((name) => names.has(name))
  return isMapped === names.has('--map-set')
    ? undefined
    : 'has --map-set together with --map-mark, --map-prio or --map-queue'
}

/** `-j SET`. */
export const set: KeptTarget = {
  options: [
    setOption('--add-set'),
    setOption('--del-set'),
    setOption('--map-set'),
    flag('--exist'),
    value('--timeout', kinds.number(32, 0, 0xfffffffe)),
    flag('--map-mark'),
    flag('--map-prio'),
    flag('--map-queue'),
  ],
  check: checkSet,
  does: 'continue',
  // It sets the mark, the priority or the queue that the set has for a member.
  unknownWith: ['--map-set'],
}
