import { families } from '../../../core/address.ts'
import { backends } from '../../../flow/backend.ts'
import type { CheckResult } from '../../../run/checks/check.ts'

/** A sort key: the first element that differs decides. */
export type Rank = readonly (number | string)[]

export function compareRanks(a: Rank, b: Rank): number {
  const at = a.findIndex((value, index) => value !== b[index])
  const [one, other] = [a[at], b[at]]
  if (one === undefined || other === undefined) return 0
  return one < other ? -1 : 1
}

/** The place of a check in the page: by file and line, whenever it ended. */
export function rankOf({ check: { scenario, location } }: CheckResult, file: string): Rank {
  return [file, scenario.location.line, scenario.title, location.line]
}

/** The place of its column. @param environment the index of its environment in the run. */
export function columnRankOf({ check: { backend, family } }: CheckResult, environment: number): Rank {
  return [environment, backends.indexOf(backend), families.indexOf(family)]
}
