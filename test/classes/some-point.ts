import { type Box, type Dimension, dimensionsOf, type Point } from '../../harness/classes/boxes/frame.ts'
import type { World } from '../../harness/classes/space/world.ts'
import { families, familyOf, withoutPrefix } from '../../harness/core/address.ts'
import { fieldQuestions } from '../../harness/netfilter/field-questions.ts'
import type { Scalar } from '../../harness/netfilter/interval-set.ts'
import { rulesOf } from '../../harness/netfilter/ruleset.ts'
import { addressNumber } from '../../harness/netfilter/wide-values.ts'

/** The values that rules and the pod set apart, by dimension: where a class that is too wide would be found out. */
export type Told = ReadonlyMap<Dimension, readonly Scalar[]>

const dimensionsAsked: Readonly<Record<string, readonly Dimension[]>> = {
  uid: ['uid'],
  gid: ['gid', 'group'],
  anyGid: ['gid', 'group'],
  mark: ['mark'],
  ctmark: ['mark'],
  saddr: ['saddr', 'daddr'],
  daddr: ['saddr', 'daddr'],
  sport: ['sport', 'dport'],
  dport: ['sport', 'dport'],
  anyPort: ['sport', 'dport'],
}

/** Every constant of the rules, and what the pod has. */
export function toldApart(worlds: readonly World[]): Told {
  const told = new Map<Dimension, Scalar[]>()
  const note = (dimensions: readonly Dimension[], values: readonly Scalar[]): void => {
    for (const dimension of dimensions) told.set(dimension, [...(told.get(dimension) ?? []), ...values])
  }
  for (const { rulesets, stack } of worlds) {
    for (const condition of families.flatMap((family) => rulesOf(rulesets[family])).flatMap((rule) => rule.conditions))
      for (const asked of fieldQuestions(condition)) note(dimensionsAsked[asked.field] ?? [], asked.in.boundaries())
    const { links } = stack.pod
    const addresses = [
      ...stack.ownAddresses,
      ...links.flatMap(({ peer }) => [withoutPrefix(peer.ipv4), withoutPrefix(peer.ipv6)]),
    ]
    note(
      ['saddr', 'daddr'],
      [...addresses, '127.0.0.1', '::1'].filter((address) => familyOf(address)).map(addressNumber),
    )
    note(
      ['sport', 'dport'],
      stack.sockets.map(({ port }) => port),
    )
  }
  return new Map([...told].map(([dimension, values]) => [dimension, [...new Set(values)]]))
}

/**
 * Some flow of a box: with values that are told apart, at an edge of one of its sets' intervals, or between. @param
 * dice from 0 up to 1.
 */
export function somePoint(box: Box, told: Told, dice: () => number): Point {
  const values = dimensionsOf(box).map((dimension): [string, Scalar] => {
    const set = box.in[dimension]
    const apart =
      told.get(dimension)?.filter((value) => typeof value === typeof set?.domain.first && set?.contains(value)) ?? []
    const one = apart[Math.floor(dice() * apart.length)]
    if (one !== undefined && dice() < 0.5) return [dimension, one]
    const interval = set?.intervals[Math.floor(dice() * set.intervals.length)]
    if (interval === undefined) throw new Error('an empty box')
    const { first, last } = interval
    const where = dice()
    if (where < 0.3) return [dimension, first]
    if (where < 0.6) return [dimension, last]
    const between = BigInt(first) + (BigInt(Math.floor(dice() * 1e9)) * (BigInt(last) - BigInt(first))) / 1_000_000_000n
    return [dimension, typeof first === 'bigint' ? between : Number(between)]
  })
  return Object.fromEntries(values)
}
