import { has, wordOf } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import { isDate, isMonthDay, isWeekday, secondOfDay } from '../formats.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, not, value } from '../option.ts'

const date = kinds.kind('a date; write YYYY[-MM[-DD[Thh[:mm[:ss]]]]]', isDate)

const timeOfDay = kinds.kind('a time; write hh:mm[:ss]', (written) => secondOfDay(written) !== undefined)

/** `-m time`. */
export const time: MatchExtension = {
  ...kept,
  options: [
    value('--timestart', timeOfDay),
    value('--timestop', timeOfDay),
    value('--monthdays', kinds.listOf('a list of days of the month', isMonthDay), not),
    value('--weekdays', kinds.listOf('a list of weekdays', isWeekday), not),
    value('--datestart', date),
    value('--datestop', date),
    flag('--kerneltz', { without: ['--utc'] }),
    flag('--localtz', { without: ['--utc'] }),
    flag('--utc', { without: ['--kerneltz', '--localtz'] }),
    flag('--contiguous'),
  ],
  check: (match) => {
    const [start = 0, stop = 86399] = ['--timestart', '--timestop'].map((option) => secondOfDay(wordOf(match, option) ?? ''))
    return has(match, '--contiguous') && start < stop ? 'has --contiguous where the time stops before it starts' : undefined
  },
}
