import { fieldQuestions } from '../../netfilter/field-questions.ts'
import { isAddressField } from '../../netfilter/field.ts'
import { addressNumber, addressOfNumber } from '../../netfilter/wide-values.ts'
import { IntervalSet, type Interval, type Scalar } from '../../netfilter/interval-set.ts'
import { rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import type { OverField } from '../../netfilter/condition.ts'
import type { StatementOf } from '../../netfilter/statement.ts'
import { inNetwork } from '../../core/address.ts'
import type { Hook } from '../../flow/matched-rule.ts'
import type { Cell, Constraint } from './cell.ts'
import type { ValueSet } from '../boxes/frame.ts'
import { sideOf } from './side-of.ts'
import type { World } from '../space/world.ts'

/**
 * What an address must be for NETMAP to make one of it that fares alike: of the same network, and mapped to where
 * neither a rule nor the pod tells it from the cell's own.
 */
export function netmappedAlike(netmap: StatementOf<'netmap'>, hook: Hook, world: World, cell: Cell): Constraint[] {
  const dimension = hook === 'PREROUTING' || hook === 'OUTPUT' ? 'daddr' : 'saddr'
  const own = cell.point[dimension]
  const domain = cell.domainOf(dimension) as Interval<bigint> | undefined
  if (typeof own !== 'bigint' || domain === undefined) return []
  const { family } = cell.frame
  const bits = addressNumber(netmap.bits)
  const mapped = addressNumber(inNetwork(addressOfNumber(own, family), netmap))
  const host = domain.last & ~bits
  // Bits that are no prefix's are no range.
  const alike = (host & (host + 1n)) === 0n ? likeTo(mapped, world, family) : undefined
  const [from, to] = [own & bits, mapped & bits]
  const parts = (alike?.intervals ?? [{ first: mapped, last: mapped }]).map(({ first, last }) => ({
    first: within(first, to, host) - to + from,
    last: within(last, to, host) - to + from,
    isOutside: last < to || first > (to | host),
  }))
  const set = IntervalSet.from<Scalar>(
    domain,
    parts.flatMap(({ isOutside, ...part }) => (isOutside ? [] : part)),
  )
  return [{ dimension, set }]
}

const within = (address: bigint, network: bigint, host: bigint): bigint =>
  address < network ? network : address > (network | host) ? network | host : address

/** All addresses that are to every rule and to the pod what this one is; undefined where bits of some are asked for. */
function likeTo(address: bigint, { distinctions, rulesets }: World, family: 'ipv4' | 'ipv6') {
  let alike: ValueSet = distinctions[family].addressesLike(address) as unknown as ValueSet
  for (const asked of addressQuestions(rulesets[family])) {
    const side = sideOf(asked, address, alike.domain)
    if (side === undefined) return undefined
    alike = alike.intersect(side)
  }
  return alike as unknown as IntervalSet<bigint>
}

const known = new WeakMap<Ruleset, readonly OverField[]>()

function addressQuestions(ruleset: Ruleset): readonly OverField[] {
  const found =
    known.get(ruleset) ??
    rulesOf(ruleset).flatMap(({ conditions }) =>
      conditions.flatMap(fieldQuestions).filter(({ field }) => isAddressField(field)),
    )
  known.set(ruleset, found)
  return found
}
