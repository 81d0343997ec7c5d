import { IntervalSet, type Interval, type Scalar } from '../../netfilter/interval-set.ts'
import type { Statement } from '../../netfilter/statement.ts'
import { scopedNetworks } from '../../model/rules/translation.ts'
import { addressesOfPrefix, addressNumber } from '../../netfilter/wide-values.ts'
import type { Cell, Constraint } from './cell.ts'
import type { Dimension } from '../boxes/frame.ts'
import { netmappedAlike } from './netmapped-alike.ts'
import type { World } from '../space/world.ts'
import type { Hook } from '../../flow/matched-rule.ts'

type Side = 'source' | 'destination'
const addressOf = { source: 'saddr', destination: 'daddr' } as const
const portOf = { source: 'sport', destination: 'dport' } as const

/**
 * What a flow must have for a matched rule to do the same to it as to the cell's own: whether a translation leads
 * elsewhere at all, and whether a port in its range is kept (`translate` in model/rules/translation.ts).
 */
export function translatedAlike(statement: Statement, hook: Hook, world: World, cell: Cell): Constraint[] {
  switch (statement.kind) {
    case 'redirect':
      return [...ports(statement.ports, 'destination', cell), ...(hook === 'OUTPUT' ? [] : scopes(cell))]
    case 'tproxy':
      return statement.port === 0 ? [] : ports({ first: statement.port, last: statement.port }, 'destination', cell)
    case 'dnat':
      if (statement.shift !== undefined) return pinned('dport', cell)
      return [
        ...address(statement.addresses?.first, 'destination', cell),
        ...ports(statement.ports, 'destination', cell),
      ]
    case 'snat':
      return [...address(statement.addresses?.first, 'source', cell), ...sourcePorts(statement, cell)]
    case 'netmap':
      return netmappedAlike(statement, hook, world, cell)
    case 'masquerade':
      return sourcePorts(statement, cell)
    case 'accept':
    case 'drop':
    case 'return':
    case 'jump':
    case 'goto':
    case 'mark':
    case 'connmark':
    case 'notrack':
    case 'zone':
    case 'reject':
    case 'log':
    case 'continue':
    case 'tos':
    case 'hop-limit':
    case 'unknown':
      return []
  }
}

/** The ranges in which a random source port stays (nf_nat_l4proto_unique_tuple in net/netfilter/nf_nat_core.c). */
const kept = [
  { first: 0, last: 511 },
  { first: 512, last: 1023 },
  { first: 1024, last: 0xffff },
] as const

function sourcePorts(
  { ports: range, random }: { ports?: Interval<number>; random: boolean },
  cell: Cell,
): Constraint[] {
  if (range !== undefined) return ports(range, 'source', cell)
  const own = cell.point.sport
  const around = kept.find(({ first, last }) => own !== undefined && own >= first && own <= last)
  return random ? ports(around, 'source', cell) : []
}

function ports(range: Interval<number> | undefined, side: Side, cell: Cell): Constraint[] {
  return range === undefined ? [] : inOrOut(portOf[side], range, cell)
}

function address(to: string | undefined, side: Side, cell: Cell): Constraint[] {
  if (to === undefined) return []
  const number = addressNumber(to)
  return inOrOut(addressOf[side], { first: number, last: number }, cell)
}

/** REDIRECT tells IPv6 addresses apart by their scope, unless it is one of its own host that dials. */
const scopes = (cell: Cell): Constraint[] =>
  cell.frame.family === 'ipv4'
    ? []
    : scopedNetworks.flatMap((network) => inOrOut('daddr', addressesOfPrefix(network), cell))

const pinned = (dimension: Dimension, cell: Cell): Constraint[] => {
  const own = cell.point[dimension]
  return own === undefined ? [] : inOrOut(dimension, { first: own, last: own }, cell)
}

function inOrOut(dimension: Dimension, range: Interval<Scalar>, cell: Cell): Constraint[] {
  const own = cell.point[dimension]
  const domain = cell.domainOf(dimension)
  if (own === undefined || domain === undefined) return []
  const set = IntervalSet.of(domain, range)
  return [{ dimension, set: set.contains(own) ? set : set.complement() }]
}
