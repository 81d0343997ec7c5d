import type { Truth } from '../../netfilter/interval-set.ts'
import type { Rule } from '../../netfilter/ruleset.ts'
import type { Statement } from '../../netfilter/statement.ts'
import { type Packet, sameEndpoints } from '../packet/packet.ts'

/** What a base chain has made of a packet. */
export interface ChainPassed {
  kind: string
  /** What translates or rejects it. */
  statement: Statement | undefined
  /** As the chain has left it. */
  packet: Packet
  /** The mark of its connection. */
  mark: number
  /** How many rules had been kept then. */
  after: number
}

/** Thrown where an attempt would go on, and end, as the one that it is made beside has; nobody reads where from. */
export const endsAlike = new Error('it ends as the attempt that it is made beside')

/**
 * An attempt made beside another one, without some of its rules: as soon as none of those is left to match and each base
 * chain has made the same of each packet, the rest is known.
 */
export class Beside {
  readonly #other: readonly ChainPassed[]
  readonly #last: number
  #place = 0
  #isAlike = true

  /** @param other what the other attempt has passed. @param last the place there of the last chain with such a rule. */
  constructor(other: readonly ChainPassed[], last: number) {
    this.#other = other
    this.#last = last
  }

  /** Another base chain begins. @throws `endsAlike` */
  begin(): void {
    if (this.#isAlike && this.#place > this.#last) throw endsAlike
  }

  /** It has ended. */
  end(own: ChainPassed): void {
    const other = this.#other[this.#place]
    this.#place += 1
    this.#isAlike &&= other !== undefined && isAlike(own, other)
  }
}

/** The place of the last chain in which a packet met one of some rules; -1 where none did. */
export function lastWith(
  rules: ReadonlySet<Rule>,
  steps: readonly { rule: Rule; truth: Truth }[],
  passed: readonly ChainPassed[],
): number {
  const last = steps.findLastIndex(({ rule, truth }) => truth !== false && rules.has(rule))
  return last === -1 ? -1 : passed.findIndex(({ after }) => after > last)
}

const isAlike = (a: ChainPassed, b: ChainPassed): boolean =>
  a.mark === b.mark && a.kind === b.kind && a.statement === b.statement && isSamePacket(a.packet, b.packet)

/** Two that rules have changed alike: what none of them changes is the same. */
const isSamePacket = (a: Packet, b: Packet): boolean =>
  a.protocol === b.protocol &&
  a.state === b.state &&
  a.mark === b.mark &&
  a.tos === b.tos &&
  a.socket === b.socket &&
  a.hasOwnHopLimit === b.hasOwnHopLimit &&
  a.zone.id === b.zone.id &&
  a.zone.direction === b.zone.direction &&
  a.in === b.in &&
  a.out === b.out &&
  sameEndpoints(a, b)
