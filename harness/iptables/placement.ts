import type { Chain, Rule, Table, TableName, Target } from './tree.ts'
import { type Word, wrongWord } from './words.ts'

/** Which tables have a target (iptables-extensions(8)); the others are everybody's. */
const tablesOf: Partial<Readonly<Record<Target['kind'], readonly TableName[]>>> = {
  redirect: ['nat'],
  dnat: ['nat'],
  snat: ['nat'],
  masquerade: ['nat'],
  tproxy: ['mangle'],
  ct: ['raw'],
  reject: ['filter'],
  drop: ['raw', 'mangle', 'filter', 'security'],
}

/** In which of the kernel's own chains a target may stand. */
const chainsOf: Partial<Readonly<Record<Target['kind'], readonly string[]>>> = {
  redirect: ['PREROUTING', 'OUTPUT'],
  dnat: ['PREROUTING', 'OUTPUT'],
  snat: ['POSTROUTING', 'INPUT'],
  masquerade: ['POSTROUTING'],
  tproxy: ['PREROUTING'],
}

/** Where packets come in by no interface, or leave by none yet. */
const without = { in: ['OUTPUT', 'POSTROUTING'], out: ['PREROUTING', 'INPUT'] } as const

/**
 * What both backends refuse at once. Whether a chain of the ruleset's own is reached from where its rules may not stand is for
 * iptables to say.
 * @throws HarnessError (`input`) with the rule's line and column.
 */
export function checkPlacement(
  { conditions, matches, target }: Rule,
  { name: table }: Table,
  { name: chain, policy }: Chain,
  at: Word,
): void {
  const kind = target?.kind ?? 'return'
  const what = target === undefined ? '' : kind.toUpperCase()
  if (tablesOf[kind]?.includes(table) === false) throw wrongWord(at, `table ${table} has no target ${what}`)
  if (policy === undefined) return
  if (chainsOf[kind]?.includes(chain) === false) throw wrongWord(at, `${what} cannot stand in chain ${chain}`)
  for (const condition of conditions)
    if (condition.kind === 'interface' && (without[condition.side] as readonly string[]).includes(chain))
      throw wrongWord(at, `${condition.option} cannot be asked in chain ${chain}`)
  const isOwned = matches.some(({ module }) => module === 'owner')
  if (isOwned && !['OUTPUT', 'POSTROUTING'].includes(chain)) throw wrongWord(at, `-m owner cannot be asked in chain ${chain}`)
}
