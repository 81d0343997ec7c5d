import t from 'tap'
import { IntervalSet, type Scalar } from '../../../harness/netfilter/interval-set.ts'
import { addressesOfPrefix } from '../../../harness/netfilter/wide-values.ts'
import { placesIn, placesOf } from '../../../harness/repro/table/places.ts'
import { linkBehind } from '../../../harness/run/plan/link-behind.ts'
import { makeLink } from '../../../harness/run/plan/make-link.ts'

t.test('where what comes in goes is said by the interface that leads there', (t) => {
  const links = [makeLink('eth0', 0), linkBehind('docker0', 1, ['172.17.0.2/32'], [])]
  t.same(placesOf(['10.244.0.5'], links.slice(0, 1)), [], 'a pod alone has no such places')
  const places = placesOf(['10.244.0.5', '172.17.0.1'], links)
  const all = IntervalSet.of<Scalar>(addressesOfPrefix('0.0.0.0/0'), addressesOfPrefix('0.0.0.0/0'))
  const words = (...prefixes: string[]) =>
    placesIn(IntervalSet.of<Scalar>(all.domain, ...prefixes.map(addressesOfPrefix)), all, 'ipv4', places, () => 'some')
  t.equal(words('0.0.0.0/0'), undefined)
  t.equal(words('10.244.0.5/32'), 'the pod itself')
  t.equal(words('172.17.0.0/16'), 'the pod itself, behind docker0')
  t.equal(words('172.17.0.2/32', '203.0.113.0/24'), 'behind docker0, some')
  t.end()
})
