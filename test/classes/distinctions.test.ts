import t from 'tap'
import type { Family } from '../../harness/core/address.ts'
import { addressNumber } from '../../harness/netfilter/wide-values.ts'
import { builtWorld } from './built.ts'

t.test('ports on which the proxy listens with one protocol are alike to the other', async (t) => {
  const { distinctions, stack } = await builtWorld('istio', '1.17')
  const { ipv4 } = distinctions
  const tcp = new Set(stack.sockets.flatMap(({ protocol, port }) => (protocol === 'tcp' ? port : [])))
  const udp = new Set(stack.sockets.flatMap(({ protocol, port }) => (protocol === 'udp' ? port : [])))
  const tcpAlone = [...tcp].filter((port) => !udp.has(port)).toSorted((a, b) => a - b)
  t.ok(tcpAlone.length > 2)
  const like = ipv4.portsLike(15020, 'udp')
  t.same([like.size, tcpAlone.every((port) => like.contains(port))], [tcpAlone.length, true])
  // A socket has each of these.
  for (const port of tcpAlone) t.equal(ipv4.portsLike(port, 'tcp').size, 1)
  for (const port of udp) t.equal(ipv4.portsLike(port, 'udp').size, 1)
  for (const protocol of ['tcp', 'udp'] as const) {
    const others = ipv4.portsLike(80, protocol)
    t.notOk(
      [...tcp, ...udp].some((port) => others.contains(port)),
      'and none is like what nobody has',
    )
  }
})

t.test('of a network those addresses alone are told from the others that mean something to the pod', async (t) => {
  const { distinctions, stack } = await builtWorld('istio', '1.17')
  const [link] = stack.pod.links
  t.match(link, { pod: { ipv4: '10.244.0.5/24', ipv6: 'fd00:10::5/64' }, peer: { ipv4: '10.244.0.1/24' } })
  const alike = (family: Family, one: string, other: string): boolean =>
    distinctions[family].addressesLike(addressNumber(one)).contains(addressNumber(other))
  for (const other of ['10.244.0.0', '10.244.0.1', '10.244.0.254']) t.ok(alike('ipv4', '10.244.0.10', other), other)
  for (const other of ['10.244.0.5', '10.244.0.255', '10.244.1.0'])
    t.notOk(alike('ipv4', '10.244.0.10', other), `${other} is the pod's, for all or elsewhere`)
  for (const other of ['fd00:10::1', 'fd00:10::ffff:ffff:ffff:ffff']) t.ok(alike('ipv6', 'fd00:10::10', other), other)
  for (const other of ['fd00:10::5', 'fd00:10::', 'fd00:10:0:1::'])
    t.notOk(alike('ipv6', 'fd00:10::10', other), `${other} is the pod's, for all routers or elsewhere`)
})
