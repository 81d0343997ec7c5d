import type { Condition } from '../../../netfilter/condition.ts'
import type { Field } from '../../../netfilter/field.ts'
import type { Base } from '../../../netfilter/ruleset.ts'
import type { Statement } from '../../../netfilter/statement.ts'
import type { Keys } from './condition-key.ts'
import { type Asked, type Effort, KnownPacket, type Literal } from './known-packet.ts'
import { isEnd, type MetChain, type MetRule } from './met-rules.ts'

/** How many questions are weighed for one base chain, and how many ways through it may be apart. */
const [mostEffort, mostApart] = [200_000, 256]
/** How many rules a packet may match on one way: chains that lead to each other have no end. */
const mostMatched = 200

type Chains = ReadonlyMap<string, MetChain>

/** Where a packet is: before a rule of a chain, and what comes once that chain has ended. */
interface Place {
  rules: readonly MetRule[]
  at: number
  after: Place | undefined
}

/** What packets have that go apart. */
export interface WayApart {
  literals: readonly Literal[]
  /** What else they were asked of interfaces: how they answered depends on what else they have. */
  open: readonly Literal[]
}

/** A packet on its way, and what has been done to it so far. */
interface Going {
  packet: KnownPacket
  done: string
  /** How many rules it has matched. */
  matched: number
}

/**
 * What packets are of which two base chains make something else, by following every way through both of them: rules
 * that stand in other chains, or in another order, and do the same in the end are no difference.
 * @param chains of a table, on either side. @returns what each kind of such packets has; undefined where there are too
 * many ways.
 */
export function waysApart(
  chains: readonly [Chains, Chains],
  base: Base,
  name: string,
  keys: Keys,
): WayApart[] | undefined {
  const effort: Effort = { left: mostEffort }
  const [ours, theirs] = chains.map((own) => new Walk(own, base, keys, effort))
  if (ours === undefined || theirs === undefined) return undefined
  const found = new Map<string, WayApart>()
  for (const own of ours.from(name, KnownPacket.any(effort)))
    for (const { packet, done } of theirs.from(name, own.packet)) {
      if (effort.left <= 0) return undefined
      if (done === own.done) continue
      const { literals } = packet
      const key = literals.map(({ condition }) => keys.of(condition)).join(' ')
      const open = packet.open.filter(isOfInterface)
      found.set(key, { literals, open: [...(found.get(key)?.open ?? []), ...open] })
      if (found.size > mostApart) return undefined
    }
  return effort.left > 0 ? [...found.values()] : undefined
}

const isOfInterface = ({ condition }: Literal): boolean =>
  condition.kind === 'field' && (condition.field === 'iif' || condition.field === 'oif')

/** Every way through a base chain. */
class Walk {
  readonly #chains: Chains
  readonly #policy: Base['policy']
  readonly #keys: Keys
  readonly #effort: Effort

  constructor(chains: Chains, { policy }: Base, keys: Keys, effort: Effort) {
    this.#chains = chains
    this.#policy = policy
    this.#keys = keys
    this.#effort = effort
  }

  from(chain: string, packet: KnownPacket): Generator<Going> {
    return this.#on(this.#into(chain, undefined), { packet, done: '', matched: 0 })
  }

  #into(chain: string, after: Place | undefined): Place {
    return { rules: this.#chains.get(chain)?.rules ?? [], at: 0, after }
  }

  *#on(from: Place | undefined, { packet: met, done, matched }: Going): Generator<Going> {
    if (matched > mostMatched) this.#effort.left = 0
    let packet = met
    for (let place = from; place !== undefined; ) {
      const { rules, at, after }: Place = place
      const rule = rules[at]
      if (rule === undefined) {
        place = after
        continue
      }
      this.#effort.left -= 1
      if (this.#effort.left <= 0) return
      const next: Place = { rules, at: at + 1, after }
      const asked = rule.conditions.map((condition) => this.#asked(condition, done))
      const matching = packet.where(asked)
      if (matching !== undefined)
        yield* this.#does(rule.statements, next, { packet: matching, done, matched: matched + 1 })
      const other = packet.whereNot(asked)
      if (other === undefined) return
      ;[packet, place] = [other, next]
    }
    yield { packet, done: `${done} ${this.#policy}`, matched }
  }

  *#does(statements: readonly Statement[], next: Place, { packet, done, matched }: Going): Generator<Going> {
    let so = done
    for (const [index, statement] of statements.entries()) {
      if (statement.kind === 'log') continue
      if (statement.kind === 'return') {
        yield* this.#on(next.after, { packet, done: so, matched })
        return
      }
      if (statement.kind === 'jump' || statement.kind === 'goto') {
        const others = statement.kind === 'jump' ? statements.slice(index + 1) : []
        const rest = { rules: [{ conditions: [], statements: others }], at: 0, after: next }
        const after = statement.kind === 'goto' ? next.after : others.length > 0 ? rest : next
        yield* this.#on(this.#into(statement.chain, after), { packet, done: so, matched })
        return
      }
      so = `${so} ${statement.kind === 'accept' || statement.kind === 'drop' ? statement.kind : this.#keys.statements([statement])}`
      if (isEnd(statement)) {
        yield { packet, done: so, matched }
        return
      }
    }
    yield* this.#on(next, { packet, done: so, matched })
  }

  /** What a rule before may have changed is another question where something else was done before. */
  #asked(condition: Condition, done: string): Asked {
    const key = this.#keys.of(condition)
    return { condition, holds: true, key: isFixed(condition) ? key : `${key} after${done}` }
  }
}

const fixed: ReadonlySet<Field> = new Set([
  ...(['protocol', 'saddr', 'daddr', 'sport', 'dport', 'anyPort', 'iif', 'oif'] as const),
  ...(['uid', 'gid', 'anyGid', 'tcpFlags', 'icmp'] as const),
])

/** Whether no rule of a table changes what it asks of a packet while that is in the table. */
const isFixed = (condition: Condition): boolean =>
  condition.kind === 'field' ? fixed.has(condition.field) : condition.kind !== 'set' || !condition.asks.includes('mark')
