import type { PolicyRouting, RoutingRule } from '../flow/policy-routing.ts'

/** Tables that the kernel fills itself: local, main and default (ip-route(8)). */
const ownTables = [253, 254, 255]

/** Whether a rule of policy routing leads to a table with a route of its family. */
export const hasRoute = ({ routes }: Pick<PolicyRouting, 'routes'>, { family, table }: RoutingRule): boolean =>
  ownTables.includes(table) || routes.some((route) => route.family === family && route.table === table)
