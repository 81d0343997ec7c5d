import { builtinChains, isTableName, type TableName } from '../../../iptables/syntax/tree.ts'

/** Targets that one table alone takes (the `table` of each in the kernel's xt_*.c, ipt_*.c and ip6t_*.c). */
const ofTable: Readonly<Record<string, TableName>> = {
  REDIRECT: 'nat',
  DNAT: 'nat',
  SNAT: 'nat',
  MASQUERADE: 'nat',
  NETMAP: 'nat',
  CT: 'raw',
  NOTRACK: 'raw',
  TPROXY: 'mangle',
  TTL: 'mangle',
  HL: 'mangle',
  DSCP: 'mangle',
  TOS: 'mangle',
  CHECKSUM: 'mangle',
  REJECT: 'filter',
}

/** Any table takes them; where nothing else tells, they stand where packets are changed. */
const mostlyOfMangle: readonly string[] = ['MARK', 'CONNMARK', 'TCPMSS', 'CLASSIFY', 'TEE']

const isChainOf = (table: TableName, chain: string): boolean =>
  (builtinChains[table] as readonly string[]).includes(chain)

/** A table, and what tells it. */
export interface Told {
  table: TableName
  why: string
}

/**
 * Determines the table of rules without a heading, from what only one table can have.
 * @param policies the chains whose policy is said. @param targets in the order of the rules. @param chains those that
 * rules stand in.
 * @returns undefined if nothing shows it.
 */
export function tableOf(
  policies: readonly string[],
  targets: readonly string[],
  chains: readonly string[],
): Told | undefined {
  const byTarget = targets.find((target) => Object.hasOwn(ofTable, target))
  const strict = targets.find((target) => ['nat', 'raw'].includes(ofTable[target] ?? '')) ?? byTarget
  // Chains may have been left out; a target is in no other table.
  const own = strict === undefined ? undefined : ofTable[strict]
  if (strict !== undefined && own !== undefined && policies.every((chain) => isChainOf(own, chain)))
    return { table: own, why: `${strict} is a target of that table` }
  if (policies.length > 0) {
    const said = new Set(policies)
    const exact = Object.keys(builtinChains).find((table) => {
      const own = isTableName(table) ? (builtinChains[table] as readonly string[]) : []
      return own.length === said.size && own.every((chain) => said.has(chain))
    })
    // nat had no INPUT before Linux 2.6.36. security has the same chains as filter, and is hardly ever used.
    const found =
      exact ??
      (said.size === 3 && said.has('PREROUTING') && said.has('POSTROUTING') && said.has('OUTPUT') ? 'nat' : undefined)
    if (found !== undefined && isTableName(found))
      return { table: found, why: `it has the chains ${[...said].join(', ')}` }
  }
  const weak = targets.find((target) => mostlyOfMangle.includes(target))
  if (weak !== undefined && policies.every((chain) => isChainOf('mangle', chain)))
    return { table: 'mangle', why: `${weak} mostly stands there` }
  if (chains.includes('PREROUTING') && chains.includes('POSTROUTING')) return undefined
  if (chains.includes('FORWARD') || policies.includes('FORWARD'))
    return { table: 'filter', why: 'FORWARD is a chain of that table' }
  return undefined
}
