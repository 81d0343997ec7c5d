import { leadingDouble } from '../../words/c-numbers.ts'
import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { type Around, must, value } from '../option.ts'

/** Microseconds of `250ms` and the like (RATEEST_get_time in extensions/libxt_RATEEST.c). */
function microseconds(written: string): number | undefined {
  const found = leadingDouble(written)
  const scale = [
    [/^$/, 1],
    [/^(s|secs?)$/i, 1e6],
    [/^(ms|msecs?)$/i, 1e3],
    [/^(us|usecs?)$/i, 1],
  ] as const
  const factor = scale.find(([unit]) => unit.test(found?.rest ?? '-'))?.[1]
  return found === undefined || factor === undefined ? undefined : Math.trunc(found.value * factor)
}
const timeSpan = kinds.kind('a time such as 250ms', (written) => microseconds(written) !== undefined)

function checkRates(_: ReadonlySet<string>, __: Around, values: ReadonlyMap<string, string>): string | undefined {
  const [interval = 0, ewma = 0] = ['--rateest-interval', '--rateest-ewmalog'].map((name) =>
    microseconds(values.get(name) ?? ''),
  )
  if (interval > 2 ** 5 * 250_000) return 'has an interval that is too large'
  let log = 1
  while (log < 32 && !(interval / -Math.log(1 - 1 / 2 ** log) > ewma)) log += 1
  return log - 1 === 0 || log - 1 >= 31 ? 'has an ewmalog that is out of range' : undefined
}

/** `-j RATEEST`. */
export const rateest: KeptTarget = {
  options: [
    value('--rateest-name', kinds.text(), must),
    value('--rateest-interval', timeSpan, must),
    value('--rateest-ewmalog', timeSpan, must),
  ],
  check: checkRates,
  does: 'continue',
}
