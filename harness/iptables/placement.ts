import type { Around, ExtensionSpec, ModuleSpec } from './extensions/option.ts'
import type { TargetSpec } from './target-spec.ts'
import type { Chain, Match, Table } from './tree.ts'
import { protocolName } from './protocols.ts'
import { type Word, wrongWord } from './words.ts'

/** What a rule asks and does that may not stand everywhere. */
export interface Placed {
  around: Around
  interfaces: readonly { option: '-i' | '-o'; at: Word }[]
  matches: readonly { match: Match; spec: ModuleSpec; at: Word }[]
  target?: { at: Word; spec: TargetSpec }
}

/** Where packets come in by no interface, or leave by none yet: by the chain's name alone (do_parse in iptables/xshared.c). */
const without: Readonly<Record<'-i' | '-o', readonly string[]>> = { '-i': ['OUTPUT', 'POSTROUTING'], '-o': ['PREROUTING', 'INPUT'] }

/**
 * What both backends refuse at once. Whether a chain of the ruleset's own is reached from where its rules may not stand is for
 * iptables to say.
 * @throws HarnessError (`input`) with the place of what may not stand there.
 */
export function checkPlacement({ around, interfaces, matches, target }: Placed, table: Table, chain: Chain): void {
  for (const { option, at } of interfaces)
    if (without[option].includes(chain.name)) throw wrongWord(at, `${at.text} cannot be asked in chain ${chain.name}`)
  for (const { match, spec, at } of matches) {
    check(`-m ${match.module}`, spec, at, around, table, chain)
    const misplaced = chain.policy === undefined ? undefined : misplacedQuestion(match, chain.name)
    if (misplaced !== undefined) throw wrongWord(at, `${misplaced} cannot be asked in chain ${chain.name}`)
  }
  if (target === undefined) return
  check(target.at.text, target.spec, target.at, around, table, chain)
  if (target.at.text === 'TCPMSS' && !matches.some(({ match }) => asksForSyn(match)))
    throw wrongWord(target.at, 'TCPMSS needs --syn in the rule, or --tcp-flags that SYN is among')
}

function check(
  name: string,
  spec: ExtensionSpec,
  at: Word,
  { protocol, otherProtocols }: Around,
  table: Table,
  { name: chain, policy }: Chain,
): void {
  const { tables, chains, protocols } = spec
  if (tables?.includes(table.name) === false) throw wrongWord(at, `table ${table.name} has no ${name}`)
  if (protocols !== undefined && (otherProtocols || !protocols.includes(protocol)))
    throw wrongWord(at, `${name} needs -p ${protocols.map(protocolName).join(' or -p ')}`)
  if (policy !== undefined && chains?.includes(chain) === false) throw wrongWord(at, `${name} cannot stand in chain ${chain}`)
}

/** Interfaces and directions that a packet does not have in one of the kernel's own chains. */
function misplacedQuestion({ conditions }: Match, chain: string): string | undefined {
  const isIn = ['PREROUTING', 'INPUT'].includes(chain)
  const isOut = ['OUTPUT', 'POSTROUTING'].includes(chain)
  const ways = { '--limit-iface-in': isOut, '--limit-iface-out': isIn, '--src-group': isOut, '--dst-group': isIn }
  for (const condition of conditions) {
    const { option } = condition
    if (Object.hasOwn(ways, option) && ways[option as keyof typeof ways]) return option
    const value = condition.kind === 'unknown' ? condition.values[0] : undefined
    if (option === '--dir' && ((value === 'out' && isIn) || (value === 'in' && isOut))) return `${option} ${value}`
  }
  return undefined
}

/** find_syn_match in net/netfilter/xt_TCPMSS.c. */
const asksForSyn = ({ module, conditions }: Match): boolean =>
  module === 'tcp' && conditions.some((condition) => condition.kind === 'tcp-flags' && (condition.set & 2) > 0 && !condition.negated)
