import type { Hook } from '../flow/matched-rule.ts'
import type { Chain, Ruleset } from './ruleset.ts'

/** Priorities of what the kernel itself does at a hook (include/uapi/linux/netfilter_ipv4.h, nf_ip_hook_priorities). */
export const priorities = {
  raw: -300,
  conntrack: -200,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
} as const

/** A base chain, and the table that it and the chains it jumps to are of. */
export interface BaseChain {
  table: string
  chain: Chain & Required<Pick<Chain, 'base'>>
  chains: ReadonlyMap<string, Chain>
}

/** What a packet meets at a hook: rules, or the kernel's own work, which asks the chains of nat. */
export type Station = { priority: number } & (
  | ({ does: 'rules' } & BaseChain)
  | { does: 'conntrack' }
  | { does: 'nat'; side: 'source' | 'destination'; chains: readonly BaseChain[] }
)

const known = new WeakMap<Ruleset, Map<Hook, readonly Station[]>>()

/** What a packet meets at a hook, in order. */
export function stationsAt(hook: Hook, ruleset: Ruleset): readonly Station[] {
  const byHook = known.get(ruleset) ?? new Map<Hook, readonly Station[]>()
  known.set(ruleset, byHook)
  const found = byHook.get(hook) ?? findStations(hook, ruleset)
  byHook.set(hook, found)
  return found
}

/** Has a ruleset have the stations of another one from which it differs in the rules of one table's chains alone. */
export function shareStations(own: Ruleset, other: Ruleset, table: string): void {
  const chains = own.tables.get(table)?.chains
  const before = known.get(other)
  if (chains === undefined || before === undefined) return
  const swapped = <B extends BaseChain>(base: B): B => {
    const chain = base.table === table ? chains.get(base.chain.name) : undefined
    return chain !== undefined && isBase(chain) ? { ...base, chain, chains } : base
  }
  const swap = (station: Station): Station => {
    if (station.does === 'conntrack') return station
    return station.does === 'rules' ? swapped(station) : { ...station, chains: station.chains.map(swapped) }
  }
  known.set(own, new Map([...before].map(([hook, stations]) => [hook, stations.map(swap)])))
}

function findStations(hook: Hook, { tables }: Ruleset): Station[] {
  const base = [...tables.values()].flatMap(({ name, chains }) =>
    [...chains.values()].flatMap((chain) =>
      isBase(chain) && chain.base.hook === hook ? [{ table: name, chain, chains }] : [],
    ),
  )
  const nat = base.filter(({ chain }) => chain.base.type === 'nat')
  const rules = base.flatMap((one): Station[] =>
    one.chain.base.type === 'nat' ? [] : [{ does: 'rules', priority: one.chain.base.priority, ...one }],
  )
  return [
    ...rules,
    ...ownWork(
      hook,
      nat.sort((a, b) => a.chain.base.priority - b.chain.base.priority),
    ),
  ].sort((a, b) => a.priority - b.priority)
}

const isBase = (chain: Chain): chain is BaseChain['chain'] => chain.base !== undefined

/**
 * Connection tracking where packets begin, and nat: where they begin for the destination, and where they end for the
 * source.
 */
function ownWork(hook: Hook, chains: readonly BaseChain[]): Station[] {
  switch (hook) {
    case 'PREROUTING':
    case 'OUTPUT':
      return [
        { does: 'conntrack', priority: priorities.conntrack },
        { does: 'nat', side: 'destination', priority: priorities.dstnat, chains },
      ]
    case 'INPUT':
    case 'POSTROUTING':
      return [{ does: 'nat', side: 'source', priority: priorities.srcnat, chains }]
    case 'FORWARD':
      return []
  }
}
