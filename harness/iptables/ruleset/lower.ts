import type { Backend } from '../../flow/backend.ts'
import type { Condition } from '../../netfilter/condition.ts'
import type { Truth } from '../../netfilter/interval-set.ts'
import type * as netfilter from '../../netfilter/ruleset.ts'
import { priorities } from '../../netfilter/stations.ts'
import { type Statement, tracks } from '../../netfilter/statement.ts'
import { rootAlone } from '../words/accounts.ts'
import type { Context, Loader } from '../words/loader.ts'
import { lowerOption } from '../extensions/lowering.ts'
import { changedSets } from './changed-sets.ts'
import { printRule } from '../syntax/print.ts'
import type { builtinChains, Chain, Rule, Table, TableName, Target, Tree } from '../syntax/tree.ts'

/** What the kernel executes once a loader has given it these tables. */
export function lower(tree: Tree, { backend, accounts = rootAlone }: Loader = {}): netfilter.Ruleset {
  const { family, sets } = tree
  const context: Context = { family, backend, accounts, sets, changed: changedSets(tree) }
  const tables = [...tree.tables].map(([name, table]) => [name, lowerTable(table, context)] as const)
  return { family: tree.family, tables: new Map(tables) }
}

function lowerTable({ name, chains }: Table, context: Context): netfilter.Table {
  const lowered = [...chains].map(([chain, { policy, rules }]): [string, netfilter.Chain] => [
    chain,
    {
      name: chain,
      ...(policy !== undefined && { base: baseOf(name, chain, policy, context.backend) }),
      rules: rules.map((rule) => lowerRule(rule, context)),
    },
  ])
  return { name, chains: new Map(lowered) }
}

/** iptables-nft has another priority for security than the kernel's own table (xtables_ipv4 in iptables/nft.c). */
const nftSecurity = 150

function baseOf(
  table: TableName,
  chain: string,
  policy: NonNullable<Chain['policy']>,
  backend: Backend | undefined,
): netfilter.Base {
  const hook = chain as (typeof builtinChains)[TableName][number]
  const isSource = hook === 'INPUT' || hook === 'POSTROUTING'
  const own = table === 'nat' ? priorities[isSource ? 'srcnat' : 'dstnat'] : priorities[table]
  return {
    type: table === 'nat' ? 'nat' : table === 'mangle' && hook === 'OUTPUT' ? 'route' : 'filter',
    hook,
    priority: table === 'security' && backend === 'nft' ? nftSecurity : own,
    ...(table === 'security' && backend === undefined && { elsewhere: nftSecurity }),
    policy: policy === 'DROP' ? 'drop' : 'accept',
  }
}

function lowerRule(rule: Rule, context: Context): netfilter.Rule {
  const { options, matches, target, place } = rule
  const conditions: Condition[] = [
    ...options.map((given) => lowerOption(given, options, context)),
    ...matches.flatMap((match) => match.spec.lower(match, context)),
  ]
  const statements: Statement[] = target === undefined ? [] : [lowerTarget(target)]
  const comment = conditions.find((condition) => condition.kind === 'comment')
  return {
    conditions,
    statements,
    tracks: anyOf([...matches.map(({ spec }) => spec.tracks), ...statements.map(({ kind }) => tracks[kind])]),
    origin: new PrintedOrigin(
      rule,
      place,
      target && nameOf(target),
      comment?.kind === 'comment' ? comment.text : undefined,
    ),
  }
}

function lowerTarget(target: Target): Statement {
  if (target.kind !== 'extension') return target
  const { name, words, spec, value } = target
  if ('does' in spec) {
    const { does, unknownWith = [] } = spec
    if (does === 'unknown' || words.some((word) => unknownWith.includes(word)))
      return { kind: 'unknown', name, values: words }
    return { kind: does }
  }
  return value === undefined ? { kind: 'unknown', name, values: words } : spec.lower(value)
}

const nameOf = (target: Target): string => (target.kind === 'extension' ? target.name : target.chain)

const anyOf = (truths: readonly Truth[]): Truth => truths.includes(true) || (truths.includes('unknown') && 'unknown')

/** A rule is printed when somebody reads it: a node has some 100,000. */
class PrintedOrigin implements netfilter.Origin {
  readonly place: netfilter.Origin['place']
  declare readonly target?: string
  declare readonly comment?: string
  readonly #rule: Rule
  #text: string | undefined

  constructor(rule: Rule, place: netfilter.Origin['place'], target: string | undefined, comment: string | undefined) {
    this.#rule = rule
    this.place = place
    if (target !== undefined) this.target = target
    if (comment !== undefined) this.comment = comment
  }

  get text(): string {
    this.#text ??= printRule(this.#rule)
    return this.#text
  }
}
