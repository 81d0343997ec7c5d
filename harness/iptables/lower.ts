import type { Backend } from '../flow/backend.ts'
import type { Condition } from '../netfilter/condition.ts'
import type * as netfilter from '../netfilter/ruleset.ts'
import { priorities } from '../netfilter/stations.ts'
import type { Statement } from '../netfilter/statement.ts'
import { rootAlone } from './accounts.ts'
import type { Context, Loader } from './loader.ts'
import { lowerHeader, lowerMatch } from './lower-conditions.ts'
import { lowerTarget } from './lower-target.ts'
import { modules } from './modules.ts'
import { printRule } from './print.ts'
import type { builtinChains, Chain, Match, Rule, Table, TableName, Target, Tree } from './tree.ts'

/** What the kernel executes once a loader has given it these tables. */
export function lower(tree: Tree, { backend, accounts = rootAlone }: Loader = {}): netfilter.Ruleset {
  const context: Context = { family: tree.family, backend, accounts }
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

function baseOf(table: TableName, chain: string, policy: NonNullable<Chain['policy']>, backend: Backend | undefined): netfilter.Base {
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
  const { conditions, matches, target, place } = rule
  const asked: Condition[] = [
    ...conditions.flatMap((condition) => lowerHeader(condition, context)),
    ...matches.flatMap((match) => lowerMatch(match, context)),
  ]
  const statements: Statement[] = target === undefined ? [] : [lowerTarget(target)]
  const comment = asked.find((condition) => condition.kind === 'comment')
  const name = target && nameOf(target)
  return {
    conditions: asked,
    statements,
    tracks: tracks(matches, statements),
    origin: new PrintedOrigin(rule, place, name, comment?.kind === 'comment' ? comment.text : undefined),
  }
}

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

/** Matches whose checkentry calls nf_ct_netns_get. */
const tracking = ['conntrack', 'state', 'connmark']

function tracks(matches: readonly Match[], statements: readonly Statement[]): netfilter.Rule['tracks'] {
  if (matches.some(({ module }) => tracking.includes(module)) || statements.some(needsTracking)) return true
  const mayNeed = matches.some(({ module }) => !Object.hasOwn(modules, module)) || statements.some(({ kind }) => kind === 'unknown')
  return mayNeed && 'unknown'
}

const needsTracking = ({ kind }: Statement): boolean => ['redirect', 'dnat', 'snat', 'masquerade', 'connmark', 'zone'].includes(kind)

function nameOf(target: Target): string {
  if (target.kind === 'jump' || target.kind === 'goto') return target.chain
  return target.kind === 'unknown' ? target.name : target.kind.toUpperCase()
}
