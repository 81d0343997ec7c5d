import type { MatchExtension, TargetExtension } from '../extensions/extension.ts'
import type { Around } from '../extensions/option.ts'
import type { Chain, Match, Table } from './tree.ts'
import { protocolName } from '../words/protocols.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

/** What a rule asks and does that may not stand everywhere. */
export interface Placed {
  around: Around
  interfaces: readonly { option: '-i' | '-o'; at: Word }[]
  matches: readonly { match: Match; at: Word }[]
  target?: { at: Word; spec: TargetExtension }
}

/**
 * Where packets come in by no interface, or leave by none yet: by the chain's name alone (do_parse in
 * iptables/xshared.c).
 */
const without: Readonly<Record<'-i' | '-o', readonly string[]>> = {
  '-i': ['OUTPUT', 'POSTROUTING'],
  '-o': ['PREROUTING', 'INPUT'],
}

/**
 * What both backends refuse at once. Whether a chain of the ruleset's own is reached from where its rules may not stand
 * is for iptables to say.
 * @throws HarnessError (`input`) with the place of what may not stand there.
 */
export function checkPlacement({ around, interfaces, matches, target }: Placed, table: Table, chain: Chain): void {
  for (const { option, at } of interfaces)
    if (without[option].includes(chain.name)) throw wrongWord(at, `${at.text} cannot be asked in chain ${chain.name}`)
  for (const { match, at } of matches) {
    check(`-m ${match.module}`, match.spec, at, around, table, chain)
    const misplaced = chain.policy === undefined ? undefined : misplacedOption(match, chain.name)
    if (misplaced !== undefined) throw wrongWord(at, `${misplaced} cannot be asked in chain ${chain.name}`)
  }
  if (target === undefined) return
  check(target.at.text, target.spec, target.at, around, table, chain)
  const lacks = target.spec.needsBeside?.(matches.map(({ match }) => match))
  if (lacks !== undefined) throw wrongWord(target.at, `${target.at.text} needs ${lacks}`)
}

function check(
  name: string,
  spec: MatchExtension | TargetExtension,
  at: Word,
  { protocol, otherProtocols }: Around,
  table: Table,
  { name: chain, policy }: Chain,
): void {
  const { tables, chains, protocols } = spec
  if (tables?.includes(table.name) === false) throw wrongWord(at, `table ${table.name} has no ${name}`)
  if (protocols !== undefined && (otherProtocols || !protocols.includes(protocol)))
    throw wrongWord(at, `${name} needs -p ${protocols.map(protocolName).join(' or -p ')}`)
  if (policy !== undefined && chains?.includes(chain) === false)
    throw wrongWord(at, `${name} cannot stand in chain ${chain}`)
}

/** What a packet does not have in one of the kernel's own chains. */
function misplacedOption({ options }: Match, chain: string): string | undefined {
  const found = options.find(({ spec, words }) => spec.notIn?.(words).includes(chain))
  return found && [found.option, ...found.words].join(' ')
}
