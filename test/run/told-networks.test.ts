import t from 'tap'
import { linkBehind } from '../../harness/run/plan/link-behind.ts'
import { loadText } from '../../harness/run/predict/loaded-rules.ts'
import { toldNetworks } from '../../harness/run/plan/told-networks.ts'
import { payload } from '../sandbox/literal-pod.ts'

/** In whatever order: that follows from the chains'. */
const told = (family: 'ipv4' | 'ipv6', ...nat: string[]) =>
  Object.fromEntries(
    [...toldNetworks([loadText({ form: 'restore', family, payload: payload({ nat }) }).ruleset], ['10.0.0.9'])].map(
      ([name, networks]) => [name, networks.toSorted()],
    ),
  )

t.test('rules tell who stands behind an interface', (t) => {
  t.same(
    told(
      'ipv4',
      '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
      '-A PREROUTING ! -i docker0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:8080',
      '-A POSTROUTING -d 10.244.7.9/32 -o cali8 -j RETURN',
      '-A PREROUTING -s 192.0.2.0/24 -i cni0 -j RETURN',
    ),
    { docker0: ['172.17.0.0/16', '172.17.0.2/32'], cali8: ['10.244.7.9/32'], cni0: ['192.0.2.0/24'] },
  )
  t.same(told('ipv6', '-A POSTROUTING -s fd00:d::/64 ! -o docker0 -j MASQUERADE'), {
    docker0: ['fd00:d::/64'],
  })
  const nothing = [
    '-A PREROUTING -d 203.0.113.7/32 -i docker0 -j RETURN',
    '-A POSTROUTING ! -s 172.17.0.0/16 -o docker0 -j RETURN',
    '-A PREROUTING -s 192.0.2.0/24 -i eth0 -j RETURN',
    '-A PREROUTING -s 192.0.2.0/24 -i cali+ -j RETURN',
    '-A PREROUTING -s 10.0.0.0/8 -i docker0 -j RETURN',
    '-A POSTROUTING -d 224.0.0.0/4 -o docker0 -j RETURN',
  ]
  t.same(told('ipv4', ...nothing), {}, 'nor what goes elsewhere by it, has its own address in it, or is no bridge')
  t.end()
})

t.test('an interface with others behind it has the addresses that follow from that', (t) => {
  const ends = (...all: Parameters<typeof linkBehind>) => {
    const { pod, peer } = linkBehind(...all)
    return [pod.ipv4, peer.ipv4, pod.ipv6]
  }
  t.same(ends('docker0', 1, ['172.20.0.0/16', '172.20.0.7/32'], []), [
    '172.20.0.1/16',
    '172.20.0.7/16',
    'fd00:11::5/64',
  ])
  t.same(ends('k6t-eth0', 1, [], []), ['10.0.2.1/24', '10.0.2.2/24', 'fd00:11::5/64'], "KubeVirt's own")
  t.same(ends('docker0', 1, ['fd00:d::/64'], []), ['172.17.0.1/16', '172.17.0.2/16', 'fd00:d::1/64'])
  t.same(
    ends('cali2', 2, ['10.244.7.8/32'], ['10.244.7.1/24']),
    ['10.246.0.5/24', '10.244.7.8/32', 'fd00:12::5/64'],
    'of a network that another interface has already: an address of ours',
  )
  t.end()
})
