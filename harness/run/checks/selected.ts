import { inputError } from '../../core/errors.ts'
import { nearestName } from '../../input/nearest-name.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { Check } from './check.ts'

/** Which checks are wanted of those that scenarios make; a check must meet all that is said. */
export interface Wanted {
  /** Matched against check ids, and against titles. */
  grep?: RegExp
  /** Scenarios that have one of these. */
  tags?: readonly string[]
  /** These checks, by their ids. */
  ids?: ReadonlySet<string>
}

export function isWanted(
  { id }: Pick<Check, 'id'>,
  { title, tags }: Pick<Scenario, 'title' | 'tags'>,
  wanted: Wanted,
): boolean {
  const { grep, tags: asked, ids } = wanted
  if (grep !== undefined && !grep.test(id) && !grep.test(title)) return false
  if (asked !== undefined && !asked.some((tag) => tags.includes(tag))) return false
  return ids === undefined || ids.has(id)
}

/** How to mend a selection of what is not there. */
export const seeList = 'the command list shows what there is'

/** An id that no check has is a mistake, and not a check less. @throws HarnessError (`input`) naming it. */
export function refuseUnknownIds({ ids }: Wanted, all: readonly Pick<Check, 'id'>[]): void {
  if (ids === undefined) return
  const known = new Set(all.map(({ id }) => id))
  for (const id of ids) {
    if (known.has(id)) continue
    const nearest = nearestName(id, known)
    throw inputError(id, 'no check has this id', nearest === undefined ? seeList : `did you mean ${nearest}?`)
  }
}
