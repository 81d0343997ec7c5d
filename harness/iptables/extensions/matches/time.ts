import { has, wordOf } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, not, value } from '../option.ts'
import { leadingDecimal, leadingNumber } from '../../words/c-numbers.ts'

/** Part of a date or time: a decimal number up to `last`, and what follows it. */
function part(text: string, last: number): [rest: string] | undefined {
  const found = leadingDecimal(text) ?? { value: 0n, rest: text }
  return found.value <= last ? [found.rest] : undefined
}

/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]` (time_parse_date in extensions/libxt_time.c). */
function isDate(written: string): boolean {
  const year = leadingDecimal(written)
  if (year === undefined || year.value < 1970n || year.value > 2038n) return false
  let rest = year.rest
  for (const [separator, last] of [
    ['-', 12],
    ['-', 31],
    ['T', 23],
    [':', 59],
    [':', 59],
  ] as const) {
    if (rest === '') return true
    const [next] = rest.startsWith(separator) ? (part(rest.slice(1), last) ?? []) : []
    if (next === undefined) return false
    rest = next
  }
  return rest === ''
}

/** The second of the day of `hh:mm[:ss]`, or undefined. */
function secondOfDay(written: string): number | undefined {
  const [, hour, minute, second = '0'] = /^[ \t]*(\d*):(\d*)(?::(\d*))?$/.exec(written) ?? []
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  return Number(hour) * 3600 + Number(minute) * 60 + Number(second)
}

const isMonthDay = (entry: string): boolean => {
  const found = leadingNumber(entry.slice(0, 2)) ?? { value: 0n, rest: entry }
  return found.value <= 31n && (found.rest === '' || found.rest.startsWith(','))
}

const days = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su']
const isWeekday = (entry: string): boolean => {
  const found = leadingNumber(entry.slice(0, 3).replace(/^-/, ''))
  return found?.rest === '' ? found.value > 0n : days.some((day) => entry.startsWith(day))
}

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
    const [start = 0, stop = 86399] = ['--timestart', '--timestop'].map((option) =>
      secondOfDay(wordOf(match, option) ?? ''),
    )
    return has(match, '--contiguous') && start < stop
      ? 'has --contiguous where the time stops before it starts'
      : undefined
  },
}
