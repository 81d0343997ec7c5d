import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { app, as, proxy, remote, root } from '../../harness/scenario/dsl.ts'
import { drive, unmet } from './literal-pod.ts'
import { descendants } from './processes.ts'
import { openSandbox } from './open.ts'

const sandbox = await openSandbox(t)
const member = as({ uid: 3000, gid: 3001, groups: [1500, 3003] })

t.test('owner rules see who listens, in the answer to a connection and in what is said on it', async (t) => {
  const [answer, said] = ['--tcp-flags SYN,ACK SYN,ACK', '--tcp-flags PSH PSH']
  const from = (port: number, flags: string, owner: string): string =>
    `-A OUTPUT -p tcp --sport ${port} ${flags} -m owner ${owner} -j DROP`
  const filter = [
    from(8080, answer, '--uid-owner 1000'),
    from(8081, answer, '--uid-owner 0'),
    from(8082, said, '--uid-owner 1000 --gid-owner 1000'),
    from(8083, said, '--uid-owner 0'),
    from(15010, said, '--uid-owner 1500 --gid-owner 0'),
    from(15901, said, '--uid-owner 1000'),
  ]
  const http = { http: true } as const
  const flows = [
    remote.tcp('pod:8080').isDropped(),
    remote.tcp('pod:8081').isDirect({ answeredBy: 'app' }),
    remote.tcp('pod:8082', http).isDirect({ answeredBy: 'app' }),
    remote.tcp('pod:8083', http).isDirect({ answeredBy: 'app' }),
    remote.tcp('pod:15010', http).isDirect({ answeredBy: 'envoy-metrics' }),
    remote.tcp('pod:15901', http).isDirect({ answeredBy: 'envoy-probe' }),
  ]
  for (const backend of backends) {
    const driven = await drive(sandbox, backend, { ipv4: { filter }, flows })
    t.match(
      driven.flows.map(({ unmet = '' }) => unmet),
      [/^$/, /^$/, /lost on the way/, /^$/, /lost on the way/, /^$/],
      backend,
    )
  }
})

t.test('processes are used again, by every pod', async (t) => {
  const before = descendants().map(({ pid }) => pid)
  await drive(sandbox, 'legacy', { flows: [member.tcp('203.0.113.10:80').isDirect()] })
  t.same(
    descendants().map(({ pid }) => pid),
    before,
  )
})

t.test('owner rules see each part of it', async (t) => {
  const to15001 = '-j REDIRECT --to-ports 15001'
  const nat = [
    `-A OUTPUT -p tcp --dport 81 -m owner --uid-owner 3000 ${to15001}`,
    `-A OUTPUT -p tcp --dport 82 -m owner --gid-owner 3001 ${to15001}`,
    `-A OUTPUT -p tcp --dport 83 -m owner --gid-owner 1500 ${to15001}`,
    `-A OUTPUT -p tcp --dport 84 -m owner --gid-owner 1500 --suppl-groups ${to15001}`,
    `-A OUTPUT -p tcp --dport 85 -m owner --uid-owner 0 ${to15001}`,
    `-A OUTPUT -p udp --dport 86 -m owner --uid-owner 3000 ${to15001}`,
    `-A OUTPUT -p icmp -m owner --uid-owner 3000 -j DNAT --to-destination 203.0.113.99`,
  ]
  const flows = [
    member.tcp('203.0.113.10:81').isRedirected('outbound'),
    member.tcp('203.0.113.10:82').isRedirected('outbound'),
    member.tcp('203.0.113.10:83').isDirect(),
    member.tcp('203.0.113.10:84').isRedirected('outbound'),
    member.tcp('203.0.113.10:85').isDirect(),
    member.udp('203.0.113.10:86').isRedirected('outbound', { then: [] }),
    member.ping('203.0.113.10').isTranslated('203.0.113.99'),
    root.tcp('203.0.113.10:85').isRedirected('outbound'),
    ...[81, 82, 83, 84, 85].map((port) => app.tcp(`203.0.113.10:${port}`).isDirect()),
    ...[81, 82, 83, 84, 85].map((port) => proxy.tcp(`203.0.113.10:${port}`).isDirect()),
    app.udp('203.0.113.10:86').isDirect(),
    app.ping('203.0.113.10').isDirect(),
  ]
  for (const backend of backends) t.same(await unmet(sandbox, backend, { ipv4: { nat }, flows }), [], backend)
})

t.test('a UID or GID that the namespace does not map is a fault of the machine', async (t) => {
  const flows = [as({ uid: 70_000, gid: 70_001 }).tcp('203.0.113.10:80').isDirect()]
  if (!sandbox.info.rootless && process.getuid?.() === 0)
    return t.same(await unmet(sandbox, 'nft', { flows }), [], 'root maps every one')
  await t.rejects(drive(sandbox, 'nft', { flows }), {
    fault: 'machine',
    message: "UID 70000, GID 70001: outside what this user's namespace maps",
    hint: /run as root/,
  })
})
