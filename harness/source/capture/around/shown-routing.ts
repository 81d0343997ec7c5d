import type { Family } from '../../../core/address.ts'
import type { RoutingRule, TableRoute } from '../../../flow/policy-routing.ts'
import type { ShownAround, ShownRouteAt } from './shown.ts'
import type { ShownRule } from './rule-line.ts'
import { knownTables, localTable, mainTable, type TableName, TableNumbers } from './table-names.ts'

/** The policy routing of one family that a text shows, in place of the mesh's. */
export interface ShownRouting {
  rules: RoutingRule[]
  routes: TableRoute[]
  /** What is not known of it: a line each, with its place. */
  unsaid: string[]
}

/** The names of the tables that every pod has, for which the kernel has rules of its own. */
const everywhere = new Map<TableName | undefined, string>(
  Object.entries(knownTables).map(([name, table]) => [table, name]),
)

/**
 * @param around what the text shows. @param isComplete what is not known is left out.
 * @returns undefined where the text says nothing of the policy routing.
 */
export function shownRouting(
  family: Family,
  { listings, routes: all, asked }: ShownAround,
  isComplete: boolean,
): ShownRouting | undefined {
  const listing = listings[family]
  if (listing === undefined) return undefined
  const own = inOnlyTable(
    all.filter((route) => route.family === family),
    asked.filter((each) => each.family === family),
  )
  const isShown = (table: TableName): boolean =>
    asked.some((each) => each.family === family && (each.table === table || (each.table === 'all' && own.length > 0)))
  const numbers = new TableNumbers()
  const ends =
    listing.rules.find(({ rule }) => rule.table === mainTable && isPlain(rule))?.rule.priority ??
    Number.POSITIVE_INFINITY
  const begins = listing.rules.find(({ rule }) => rule.table === localTable && isPlain(rule))?.rule.priority ?? 0
  const unsaid: string[] = []
  const rules: RoutingRule[] = []
  const tables = new Set<TableName>()
  for (const { rule, line } of listing.rules) {
    const { priority, fwmark, mask, iif, table, isIdle } = rule
    if (isIdle || priority > ends || (isPlain(rule) && everywhere.has(table))) continue
    const unknown = whyUnknown(rule, own, begins, isShown)
    if (unknown !== undefined) unsaid.push(`line ${line}: ${unknown}`)
    if (unknown !== undefined && isComplete) continue
    if (table !== undefined && unknown === undefined) tables.add(table)
    rules.push({
      family,
      priority,
      ...(fwmark !== undefined && { fwmark }),
      ...(mask !== undefined && { mask }),
      ...(iif !== undefined && { iif }),
      table: table === undefined ? mainTable : numbers.of(table),
      ...(unknown !== undefined && { unknown }),
    })
  }
  const routes = [...tables].flatMap((table) =>
    own.flatMap((route) => (route.table === table ? routeOf(route, numbers) : [])),
  )
  return { rules, routes, unsaid }
}

/** Where one table's routes were asked for, beside main's, routes that no command stands above are its. */
function inOnlyTable(routes: readonly ShownRouteAt[], asked: readonly { table: TableName | 'all' }[]): ShownRouteAt[] {
  const [table, ...others] = [...new Set(asked.map((each) => each.table))].filter((name) => name !== mainTable)
  if (table === undefined || table === 'all' || others.length > 0) return [...routes]
  return routes.map((route) => (route.table === undefined ? { ...route, table } : route))
}

const isPlain = ({ fwmark, iif, unread }: ShownRule): boolean =>
  fwmark === undefined && iif === undefined && unread.length === 0

/** Why it is not known where a rule leads, or which packets. */
function whyUnknown(
  { table, priority, unread }: ShownRule,
  routes: readonly ShownRouteAt[],
  begins: number,
  isShown: (table: TableName) => boolean,
): string | undefined {
  if (unread.length > 0) return `'${unread.join(' ')}' of ip rule is not modelled`
  if (table === undefined) return 'what this rule of ip rule does is not modelled'
  if (priority < begins) return 'this rule is asked before those for the pod itself, which is not modelled'
  if (everywhere.has(table)) return `a rule of its own for table ${everywhere.get(table)} is not modelled`
  const shown = routes.filter((route) => route.table === table)
  const untold = routes.find((route) => route.table === undefined)
  if (shown.length === 0 && isShown(table)) return undefined
  if (shown.length === 0)
    return untold === undefined
      ? `the routes of table ${table} are not shown; 'ip route show table ${table}' prints them`
      : `the routes of table ${table} are not shown, and nothing tells which table the route in line ${untold.line} is of`
  const odd = shown.find(({ type, dev }) => (type !== 'unicast' && type !== 'local') || dev === undefined)
  return odd && `the route in line ${odd.line} of table ${table} is not modelled`
}

function routeOf({ family, table, destination, type, dev, via }: ShownRouteAt, numbers: TableNumbers): TableRoute[] {
  if (table === undefined || dev === undefined) return []
  const whole = destination === 'default' ? (family === 'ipv6' ? '::/0' : '0.0.0.0/0') : destination
  const prefix = whole.includes('/') ? whole : `${whole}/${family === 'ipv6' ? 128 : 32}`
  return [
    {
      family,
      table: numbers.of(table),
      destination: prefix,
      type: type === 'local' ? 'local' : 'unicast',
      dev,
      ...(via && { via }),
    },
  ]
}
