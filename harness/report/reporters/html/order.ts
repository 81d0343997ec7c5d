import { families } from '../../../core/address.ts'
import { backends } from '../../../flow/backend.ts'
import type { CheckResult } from '../../../run/check.ts'

/** Where a thing stands among others: the first number that differs decides, or the first text. */
export type Rank = readonly (number | string)[]

export function compareRanks(a: Rank, b: Rank): number {
  const at = a.findIndex((value, index) => value !== b[index])
  const [one, other] = [a[at], b[at]]
  if (one === undefined || other === undefined) return 0
  return one < other ? -1 : 1
}

/** Where a check stands in the page, whichever ended first: as its file has it. */
export function rankOf({ check: { scenario, location } }: CheckResult, file: string): Rank {
  return [file, scenario.location.line, scenario.title, location.line]
}

/** Where its column stands. @param environment the place of its environment among those of the run. */
export function columnRankOf({ check: { backend, family } }: CheckResult, environment: number): Rank {
  return [environment, backends.indexOf(backend), families.indexOf(family)]
}
