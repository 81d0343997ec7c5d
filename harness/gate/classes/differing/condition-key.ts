import type { Condition } from '../../../netfilter/condition.ts'
import type { Decision } from '../../../netfilter/decision.ts'
import type { Statement } from '../../../netfilter/statement.ts'

/** Equal ones stand for conditions that say the same of every packet, and for statements that do the same. */
export class Keys {
  readonly #conditions = new WeakMap<Condition, string>()
  readonly #branches = new WeakMap<object, number>()
  /** Branches by what they ask and where they lead: a set is a graph, and as a tree it may be too large. */
  readonly #numbers = new Map<string, number>()

  of(condition: Condition): string {
    const known = this.#conditions.get(condition)
    if (known !== undefined) return known
    const { asked: _, ...question } = condition
    const key =
      question.kind === 'set'
        ? JSON.stringify(['set', question.negated, question.anyOf.map((one) => this.#decision(one))])
        : textOf({ ...question, account: undefined })
    this.#conditions.set(condition, key)
    return key
  }

  /** Of several that are all asked, in any order. */
  conditions(conditions: readonly Condition[]): string {
    return [...new Set(conditions.map((condition) => this.of(condition)))].sort().join(' ')
  }

  /** @param nameOf what stands for the name of a chain. */
  statements(statements: readonly Statement[], nameOf = (chain: string): string => chain): string {
    return textOf(statements.map((one) => ('chain' in one ? { ...one, chain: nameOf(one.chain) } : one)))
  }

  #decision(decision: Decision): string {
    if (typeof decision === 'boolean') return String(decision)
    const known = this.#branches.get(decision)
    if (known !== undefined) return `#${known}`
    const { field, mask, edges } = decision
    const text = textOf([field, mask, edges.map((edge) => [edge.in.intervals, this.#decision(edge.then)])])
    const number = this.#numbers.get(text) ?? this.#numbers.size
    this.#numbers.set(text, number)
    this.#branches.set(decision, number)
    return `#${number}`
  }
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
