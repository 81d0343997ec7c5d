import { type Family, withoutPrefix } from '../core/address.ts'
import { rememberedOf } from '../core/remembered.ts'
import { IntervalSet, type Scalar } from '../netfilter/interval-set.ts'
import { addressNumber } from '../netfilter/wide-values.ts'
import type { Box, Dimension, Point, ValueSet } from './boxes/frame.ts'
import { chosenSource, flowAt } from './space/flow-at.ts'
import type { World } from './space/world.ts'

/**
 * Numbers that a reader takes for anybody's, the plainest first. The networks are for documentation (RFC 5737, RFC
 * 3849).
 */
export const plain = {
  ids: [1000, 2000, 3000],
  ports: [80, 8080, 443, 9000],
  sourcePorts: [40000, 50000],
  ipv4: ['203.0.113.10', '198.51.100.10', '192.0.2.10', '10.96.0.10'].map(addressNumber),
  ipv6: ['2001:db8::10', '2001:db8:1::10', 'fd00:96::10'].map(addressNumber),
} as const

/** The plainest flow of a box. */
export function plainestOf(box: Box, { stack }: World): Point {
  const { family, origin } = box.frame
  const own = ownNumbers(stack)[family]
  const point: Partial<Record<Dimension, Scalar>> = {}
  const choose = (dimension: Dimension, ...preferred: readonly Scalar[]): void => {
    const set = box.in[dimension]
    if (set !== undefined) point[dimension] = preferred.find((value) => set.contains(value)) ?? anyPlain(set)
  }
  choose('uid', ...plain.ids)
  choose('gid', ...optional(point.uid), ...plain.ids)
  choose('group', ...optional(point.gid), ...plain.ids)
  choose('mark', 0)
  choose('daddr', ...(origin.kind === 'peer' ? own : []), ...plain[family], ...own)
  choose('dport', ...plain.ports)
  const chosen = box.in.saddr && chosenSource(flowAt(box.frame, point), stack)
  choose('saddr', ...(chosen === undefined ? [] : [addressNumber(chosen)]), ...own)
  choose('sport', ...plain.sourcePorts)
  return isToItself(point) ? { ...point, ...otherSource(box, point) } : point
}

/** The addresses of a pod's interfaces. */
const ownNumbers = rememberedOf(({ pod: { links } }: World['stack']): Readonly<Record<Family, readonly bigint[]>> => {
  const of = (family: Family): bigint[] => links.map(({ pod }) => addressNumber(withoutPrefix(pod[family])))
  return { ipv4: of('ipv4'), ipv6: of('ipv6') }
})

/** Whether the socket that sends it is the one that gets it: nobody else would know of it. */
const isToItself = ({ saddr, daddr, sport, dport }: Point): boolean =>
  saddr !== undefined && saddr === daddr && sport !== undefined && sport === dport

/** From another address that the flow may have, or to another port. */
function otherSource({ in: sets }: Box, point: Point): Point {
  for (const dimension of ['saddr', 'daddr', 'dport', 'sport'] as const) {
    const [set, value] = [sets[dimension], point[dimension]]
    if (set === undefined || value === undefined) continue
    const others = set.intersect(IntervalSet.of(set.domain, { first: value, last: value }).complement())
    if (!others.isEmpty) return { [dimension]: anyPlain(others) }
  }
  return {}
}

const optional = (value: Scalar | undefined): Scalar[] => (value === undefined ? [] : [value])

/** Of addresses one with a host number, of ports one that anybody may have, otherwise the first but 0. */
function anyPlain({ intervals: [interval, ...others] }: ValueSet): Scalar {
  if (interval === undefined) throw new Error('a box without flows')
  const { first, last } = interval
  if (typeof first === 'bigint') return BigInt(last) - first >= 10n ? first + 10n : first
  if (first !== 0) return first
  return last === 0 ? (others[0]?.first ?? 0) : 1
}
