import type { Condition, FieldQuestion } from '../../../netfilter/condition.ts'
import type { Field } from '../../../netfilter/field.ts'
import { IntervalSet, type Scalar } from '../../../netfilter/interval-set.ts'
import type { Keys } from './condition-key.ts'
import { isEnd, type MetRule } from './met-rules.ts'

/** Of which a packet has one value at most. */
const fields = ['dport', 'sport', 'daddr', 'saddr', 'uid', 'gid', 'iif', 'oif'] as const satisfies Field[]

/**
 * Neighbours that do the same with a packet, and let it go no further in the chain, in one order: it makes no difference
 * which of them it meets. Those that ask for one field's values beside the same are one rule that asks for all of those.
 */
export function joined(rules: readonly MetRule[], keys: Keys): MetRule[] {
  const found: MetRule[] = []
  for (let at = 0; at < rules.length; ) {
    const run = runAt(rules, at, keys)
    found.push(...(run.length === 1 ? run : joinedRun(run, keys)))
    at += run.length
  }
  return found
}

function runAt(rules: readonly MetRule[], at: number, keys: Keys): MetRule[] {
  const first = rules[at]
  if (first === undefined) return []
  if (!first.statements.some(isEnd)) return [first]
  const own = keys.statements(first.statements)
  let end = at + 1
  for (let next = rules[end]; next !== undefined && keys.statements(next.statements) === own; next = rules[end])
    end += 1
  return rules.slice(at, end)
}

function joinedRun(run: readonly MetRule[], keys: Keys): MetRule[] {
  let left = run
  for (const field of fields)
    left = [...Map.groupBy(left, (rule) => besides(rule, field, keys) ?? rule).values()].flatMap((group) =>
      group.length === 1 ? group : union(group, field),
    )
  const byKey = new Map(left.map((rule) => [keys.conditions(rule.conditions), rule]))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule)
}

/** What meets one condition and not another one, where both ask for values of one field. */
export function difference(one: Condition, other: Condition): Condition | undefined {
  const field = fields.find((name) => asksOf(one, name) && asksOf(other, name))
  if (field === undefined || !asksOf(one, field) || !asksOf(other, field)) return undefined
  if (one.ifAbsent !== other.ifAbsent || one.values !== other.values) return undefined
  const left = (one.in as ValueSet).intersect((other.in as ValueSet).complement())
  // Without such a field a packet meets both, or neither.
  return { ...one, in: left, ifAbsent: false } as Condition
}

type Asks = Condition & FieldQuestion
type ValueSet = IntervalSet<Scalar>

const asksOf = (condition: Condition, field: Field): condition is Asks =>
  condition.kind === 'field' && condition.field === field && condition.mask === undefined

/** What a rule asks beside a field's values; undefined where it does not ask for those once. */
function besides({ conditions }: MetRule, field: Field, keys: Keys): string | undefined {
  const [own, ...more] = conditions.filter((condition): condition is Asks => asksOf(condition, field))
  if (own === undefined || more.length > 0) return undefined
  return `${own.ifAbsent} ${own.values} ${keys.conditions(conditions.filter((condition) => condition !== own))}`
}

function union(rules: readonly MetRule[], field: Field): MetRule[] {
  const [first] = rules
  const asked = rules.flatMap(({ conditions }) => conditions.filter((one): one is Asks => asksOf(one, field)))
  const [own] = asked
  if (first === undefined || own === undefined) return [...rules]
  const all = asked.flatMap((one) => (one.in as ValueSet).intervals)
  const every = { ...own, in: IntervalSet.from((own.in as ValueSet).domain, all) } as Condition
  return [{ ...first, conditions: first.conditions.map((one) => (one === own ? every : one)) }]
}
