import t from 'tap'
import type { Box } from '../../harness/classes/boxes/frame.ts'
import { domainOfDimension } from '../../harness/classes/boxes/frame.ts'
import { plainestOf } from '../../harness/classes/witness.ts'
import { IntervalSet, type Scalar } from '../../harness/netfilter/interval-set.ts'
import { addressNumber } from '../../harness/netfilter/wide-values.ts'
import { builtWorld } from './built.ts'

const world = await builtWorld('osm', '1.2')
const loopback = addressNumber('127.0.0.0')

/** UDP from one address of loopback, or two, to the first of them, at these ports. */
function box(sources: readonly [bigint, bigint], from: readonly [number, number], to: readonly [number, number]): Box {
  const set = (dimension: 'saddr' | 'daddr' | 'sport' | 'dport', [first, last]: readonly [Scalar, Scalar]) =>
    IntervalSet.of<Scalar>(domainOfDimension(dimension, 'ipv4'), { first, last })
  return {
    frame: { family: 'ipv4', origin: { kind: 'pod' }, protocol: 'udp' },
    in: {
      saddr: set('saddr', sources),
      daddr: set('daddr', [loopback, loopback]),
      sport: set('sport', from),
      dport: set('dport', to),
    },
  }
}

t.test('the plainest datagram is none that its own socket would get', async (t) => {
  const ends = (one: Box) => {
    const { saddr, daddr, sport, dport } = plainestOf(one, world)
    t.equal(daddr, loopback)
    return [saddr, sport, dport]
  }
  const dns = [15053, 15053] as const
  t.same(ends(box([loopback, loopback + 1n], dns, dns)), [loopback + 1n, 15053, 15053], 'from another address')
  t.same(ends(box([loopback, loopback], dns, [15053, 15060])), [loopback, 15053, 15054], 'or to another port')
  t.same(ends(box([loopback, loopback], [15053, 15060], dns)), [loopback, 15054, 15053], 'or from another one')
  t.same(ends(box([loopback, loopback], dns, dns)), [loopback, 15053, 15053], 'unless there is no other')
})
