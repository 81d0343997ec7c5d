import t from 'tap'
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
