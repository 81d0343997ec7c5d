import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { app, proxy, remote } from '../../harness/scenario/dsl.ts'
import { unmet } from './literal-pod.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)

t.test('200 flows of every kind in one pod', async (t) => {
  const ports = Array.from({ length: 25 }, (_, index) => 7000 + index)
  const pod = {
    ipv4: {
      nat: ['-A OUTPUT -p tcp --dport 7000:7024 -m owner ! --uid-owner 1500 -j REDIRECT --to-ports 15001'],
      filter: ['-A OUTPUT -p tcp --dport 8000:8024 -j DROP', '-A OUTPUT -p udp --dport 8000:8024 -j DROP'],
    },
    closed: ports.map((port) => `203.0.113.10:${port + 2000}`),
    flows: ports.flatMap((port) => [
      app.tcp(`203.0.113.10:${port}`).isRedirected('outbound'),
      proxy.tcp(`203.0.113.10:${port}`).isDirect(),
      app.udp(`203.0.113.10:${port}`).isDirect(),
      app.tcp(`203.0.113.10:${port + 1000}`).isDropped(),
      app.udp(`203.0.113.10:${port + 1000}`).isDropped(),
      app.tcp(`203.0.113.10:${port + 2000}`).isRefused('peer'),
      remote.tcp(`pod:${port}`).isDirect({ answeredBy: 'app' }),
      app.ping(`203.0.113.${port - 6900}`).isDirect(),
    ]),
  }
  t.equal(pod.flows.length, 200)
  for (const backend of backends) t.same(await unmet(sandbox, backend, pod), [], backend)
})

t.test('1,000 connections, half of them dropped and half refused: none is taken for the other', async (t) => {
  const ports = Array.from({ length: 1000 }, (_, index) => 5000 + index)
  const dropped = (port: number): boolean => port % 2 === 0
  const flows = ports.map((port) => {
    const flow = app.tcp(`203.0.113.10:${port}`)
    return dropped(port) ? flow.isDropped() : flow.isRefused('peer')
  })
  const even = Array.from({ length: 500 }, (_, index) => 5000 + 2 * index)
  const drops = Array.from({ length: Math.ceil(even.length / 15) }, (_, index) =>
    even.slice(index * 15, index * 15 + 15),
  )
  const filter = drops.map((list) => `-A INPUT -p tcp -m multiport --sports ${list.join(',')} -j DROP`)
  t.same(
    await unmet(sandbox, 'legacy', { ipv4: { filter }, closed: ports.map((port) => `203.0.113.10:${port}`), flows }),
    [],
  )
})
