import t from 'tap'
import { formatFlow } from '../../harness/flow/flow.ts'
import { app, as, inner, remote } from '../../harness/scenario/dsl.ts'

const rows = [
  [app.tcp('203.0.113.10:6379'), 'app-tcp-203.0.113.10:6379'],
  [app.tcp('[2001:DB8::1]:80'), 'app-tcp-[2001:db8::1]:80'],
  [app.udp('lo:53'), 'app-udp-lo:53'],
  [app.ping('peer.net1'), 'app-icmp-peer.net1'],
  [remote.tcp('pod:8080'), 'remote-tcp-pod:8080'],
  [remote.on('net1').tcp('pod.net1:8080'), 'remote.net1-tcp-pod.net1:8080'],
  [inner.tcp('203.0.113.10:80'), 'app.inner-tcp-203.0.113.10:80'],
  [as({ uid: 1000, gid: 1000, groups: [1500, 20, 1500, 1000] }).tcp('peer:80'), '1000:1000+20+1500-tcp-peer:80'],
  [app.tcp('peer:80', { sourcePort: 24000 }), 'app-tcp-peer:80-from-:24000'],
  [app.tcp('peer:80', { sourceAddress: '10.245.0.5', sourcePort: 1 }), 'app-tcp-peer:80-from-10.245.0.5:1'],
  [app.tcp('peer:80', { bindToDevice: 'eth0' }), 'app-tcp-peer:80-dev-eth0'],
  [app.tcp('peer:80', { serverFirst: true }), 'app-tcp(server-first)-peer:80'],
  [app.tcp('peer:80', { http: true }), 'app-tcp(http)-peer:80'],
  [remote.tcp('pod:80', { raw: 'ACK,FIN' }), 'remote-tcp(raw=FIN,ACK)-pod:80'],
  [remote.tcp('pod:80', { raw: 'NONE' }), 'remote-tcp(raw=NONE)-pod:80'],
] as const

t.test('a flow is named by what it is', async (t) => {
  for (const [draft, name] of rows) t.equal(formatFlow(draft.isDirect().flow), name)
})

t.test('what is expected of a flow has no part in its name', async (t) => {
  const draft = app.tcp('peer:80')
  t.equal(formatFlow(draft.isDropped().flow), formatFlow(draft.isRedirected('outbound').flow))
})
