import fc, { type Arbitrary } from 'fast-check'
import type { Family } from '../../harness/core/address.ts'
import type { PolicyRouting, RoutingRule, TableRoute } from '../../harness/flow/policy-routing.ts'
import { podAddresses } from './pod.ts'
import { pick } from './random-values.ts'

const tables = [133, 300] as const

/** The marks that random rules give, and the mark of no packet at all. */
const marks = [
  {},
  { fwmark: 1 },
  { fwmark: 2 },
  { fwmark: 3 },
  { fwmark: 1, mask: 1 },
  { fwmark: 0, mask: 2 },
  { fwmark: 5 },
] as const

function rule(family: Family, devices: readonly string[]): Arbitrary<RoutingRule> {
  return fc
    .tuple(
      pick(marks),
      pick([{}, {}, ...devices.map((iif) => ({ iif }))]),
      pick([{}, {}, { priority: 10 }, { priority: 40_000 }]),
      pick(tables),
    )
    .map(([mark, iif, priority, table]) => ({ family, ...priority, ...mark, ...iif, table }))
}

function route(family: Family): Arbitrary<TableRoute> {
  const networks =
    family === 'ipv4'
      ? ['0.0.0.0/0', '203.0.113.0/24', '198.51.100.1/32']
      : ['::/0', '2001:db8::/64', '2001:db8:1::1/128']
  const out = ['eth0', 'net1'].map((dev) => ({ type: 'unicast' as const, dev, via: podAddresses.peer(dev, family) }))
  return fc
    .tuple(pick(tables), pick(networks), pick([{ type: 'local' as const, dev: 'lo' }, ...out]))
    .map(([table, destination, way]) => ({ family, table, destination, ...way }))
}

/** Rules that lead packets by other tables, most of them by their marks, and what those tables hold. */
export function routing(family: Family, hasInner: boolean): Arbitrary<Pick<PolicyRouting, 'rules' | 'routes'>> {
  const devices = ['lo', 'eth0', 'net1', ...(hasInner ? ['br0'] : [])]
  return fc.record({
    // The kernel takes none twice.
    rules: fc.uniqueArray(rule(family, devices), {
      minLength: 1,
      maxLength: 4,
      selector: ({ priority: _, ...asked }) => JSON.stringify(asked),
    }),
    routes: fc.uniqueArray(route(family), {
      minLength: 1,
      maxLength: 4,
      selector: ({ table, destination }) => `${table} ${destination}`,
    }),
  })
}
