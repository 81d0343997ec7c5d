import type { Condition, FieldQuestion } from '../../../netfilter/condition.ts'
import type { Base, Rule, Table } from '../../../netfilter/ruleset.ts'
import { isTranslation, type Statement } from '../../../netfilter/statement.ts'

/** A rule as some packets meet it: without what all of them answer alike. */
export type MetRule = Pick<Rule, 'conditions' | 'statements'>

export interface MetChain {
  base?: Base
  rules: readonly MetRule[]
}

/** What packets of some frame may be. */
export interface Kind {
  /** Numbers of their protocols in the IP header. */
  protocols: readonly number[]
  hasPorts: boolean
  /** They are all the first ones of their connections. */
  isFirst?: boolean
}

/**
 * What packets of one kind meet in a table: no rule that none of them matches, no condition that all of them meet, and
 * nothing that has no effect on them, as a RETURN with nothing behind it.
 */
export function metRules({ chains }: Table, kind: Kind): Map<string, MetChain> {
  const met = new Map<string, MetChain>()
  for (const { name, base, rules } of chains.values()) {
    const own = rules
      .filter((rule) => mayMatch(rule, kind))
      .map(({ conditions, statements }) => ({ conditions: conditions.filter((one) => !isMet(one, kind)), statements }))
    met.set(name, { ...(base && { base }), rules: own })
  }
  for (let isDone = false; !isDone; ) {
    isDone = true
    for (const [name, chain] of met) {
      const rules = simplified(chain, met)
      if (rules === undefined) continue
      met.set(name, { ...chain, rules })
      isDone = false
    }
  }
  return met
}

const isOfProtocol = (condition: Condition): condition is Condition & FieldQuestion & { field: 'protocol' } =>
  condition.kind === 'field' && condition.field === 'protocol' && condition.mask === undefined

export const mayMatch = ({ conditions }: MetRule, kind: Kind): boolean =>
  conditions.every((condition) => canBeMet(condition, kind))

function canBeMet(condition: Condition, { protocols, hasPorts }: Kind): boolean {
  if (isOfProtocol(condition)) return protocols.some((number) => condition.in.contains(number))
  return hasPorts || condition.kind !== 'field' || !portFields.has(condition.field)
}

/** Every condition on them fails for a packet without ports, negated or not. */
const portFields: ReadonlySet<string> = new Set(['sport', 'dport', 'anyPort'])

function isMet(condition: Condition, { protocols }: Kind): boolean {
  if (isOfProtocol(condition)) return protocols.every((number) => condition.in.contains(number))
  return condition.kind === 'comment' || condition.kind === 'limit-interface'
}

type Met = ReadonlyMap<string, MetChain>

/** The chain's rules with less to look at; undefined where there is nothing to leave out. */
function simplified({ base, rules }: MetChain, met: Met): MetRule[] | undefined {
  const written = rules.map((rule) => inPlace(rule, met) ?? rule)
  const last = written.findIndex(({ conditions, statements }) => conditions.length === 0 && statements.some(isEnd))
  const left = written
    .slice(0, last === -1 ? written.length : last + 1)
    .filter(({ statements }) => !statements.every((statement) => doesNothing(statement, met)))
  while (left.length > 0 && left.at(-1)?.statements.every((statement) => isAsTheEnd(statement, base))) left.pop()
  return left.length === rules.length && left.every((rule, at) => rule === rules[at]) ? undefined : left
}

/** What is done in a chain that asks nothing is done in place of the jump there. */
function inPlace({ conditions, statements }: MetRule, met: Met): MetRule | undefined {
  const [jump, ...others] = statements
  const [only, ...more] = (jump?.kind === 'jump' && met.get(jump.chain)?.rules) || []
  if (others.length > 0 || only === undefined || more.length > 0 || only.conditions.length > 0) return undefined
  return only.statements.some(({ kind }) => kind === 'return' || kind === 'goto' || kind === 'jump')
    ? undefined
    : { conditions, statements: only.statements }
}

/** Whether no packet that comes there goes on in the chain. */
export const isEnd = (statement: Statement): boolean => ends.has(statement.kind) || isTranslation(statement)

const ends: ReadonlySet<Statement['kind']> = new Set([
  ...(['accept', 'drop', 'return', 'goto', 'reject', 'tproxy', 'netmap'] as const),
])

const doesNothing = (statement: Statement, met: Met): boolean =>
  statement.kind === 'log' || (statement.kind === 'jump' && met.get(statement.chain)?.rules.length === 0)

/** Whether a packet fares as it does where the chain has ended. */
const isAsTheEnd = ({ kind }: Statement, base: Base | undefined): boolean =>
  kind === 'return' || (kind === 'accept' && base?.policy === 'accept')
