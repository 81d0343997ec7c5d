import { type Family, families, familyOf } from '../../../core/address.ts'
import type { PolicyRouting } from '../../../flow/policy-routing.ts'
import type { Found } from '../found.ts'
import { routingBy } from '../shell/routing.ts'
import { shownRouting } from './shown-routing.ts'
import { localTable, mainTable } from './table-names.ts'

/**
 * The policy routing of one family that a text says: what `ip rule` has shown, or else what its commands set up.
 * @param isComplete what is not known of it is left out. @returns undefined where it says nothing of it.
 */
export function routingIn(
  { around, routing }: Found,
  family: Family,
  isComplete: boolean,
): Partial<PolicyRouting> | undefined {
  const set = routing.length > 0 ? routingBy(routing.filter((command) => command.family === family)) : undefined
  const shown = shownRouting(family, around, isComplete)
  const onLoopback = around.loopbackAddresses?.filter((address) => familyOf(address) === family)
  if (set === undefined && shown === undefined && onLoopback === undefined) return undefined
  return {
    ...set,
    ...(shown && { rules: shown.rules, routes: shown.routes }),
    ...(onLoopback && { loopbackAddresses: onLoopback }),
  }
}

/** What is not known of the policy routing: a line each, with its place. */
export function unsaidRouting({ around }: Found): string[] {
  return families.flatMap((family) => shownRouting(family, around, false)?.unsaid ?? [])
}

/** What the text could not say, where it was taken. */
export function lackNotes({ around, collected, routing }: Found): string[] {
  const lacks = collected.lacking.map(
    ({ program, line, why }) => `not known: what ${program} says, since it ${why} (line ${line})`,
  )
  const tables = families.flatMap((family) => {
    if (around.listings[family] !== undefined || routing.length > 0) return []
    const own = around.routes.filter(
      (route) =>
        route.family === family && route.table !== undefined && route.table !== mainTable && route.table !== localTable,
    )
    return [...new Set(own.map(({ table }) => table))].map(
      (table) =>
        `not known: which rules look up table ${table} of ${family}; 'ip ${family === 'ipv6' ? '-6 ' : ''}rule' prints them`,
    )
  })
  return [...lacks, ...tables]
}
