import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Admin, readAccepted, readDials } from '../../../harness/agent/envoy/admin.ts'

/** Answers as Envoy 1.40 gives them, shortened: what is nought it leaves out. */
const clusters = {
  cluster_statuses: [
    { name: 'inbound', circuit_breakers: {}, observability_name: 'inbound' },
    {
      name: 'envoy-admin',
      host_statuses: [
        { address: { pipe: { path: '/run/sidetrack/envoy/pod1/admin' } }, stats: [{ name: 'cx_total' }] },
      ],
    },
    {
      name: 'outbound',
      host_statuses: [
        {
          address: { socket_address: { address: '203.0.113.11', port_value: 80 } },
          stats: [
            { name: 'cx_connect_fail', value: '1' },
            { name: 'cx_total', value: '3' },
          ],
        },
        {
          address: { socket_address: { address: '2001:DB8::5', port_value: 443 } },
          stats: [{ name: 'cx_connect_fail' }, { name: 'cx_total' }],
        },
      ],
    },
  ],
}
const stats = {
  stats: [
    { name: 'listener.inbound.downstream_cx_total', value: 1 },
    { name: 'listener.outbound.downstream_cx_total', value: 4 },
  ],
}

const read = [
  { cluster: 'outbound', to: { address: '203.0.113.11', port: 80 }, count: 3 },
  { cluster: 'outbound', to: { address: '2001:db8::5', port: 443 }, count: 0 },
]
const names = ['outbound', 'inbound']
const counted = new Map([
  ['outbound', 4],
  ['inbound', 1],
])

t.test('dials and accepted connections are read', async (t) => {
  t.same(readDials(clusters), read)
  t.same(readAccepted(stats, names), counted)
})

t.test('an answer of another form is a fault', async (t) => {
  const fault = { fault: 'sidetrack', message: /^Envoy's admin interface has an answer of another form: / }
  t.throws(() => readDials({}), fault)
  t.throws(() => readAccepted({}, names), fault)
  t.throws(() => readAccepted({ stats: stats.stats.slice(1) }, names), fault)
  await t.rejects(new Admin(await serve(t, (_, response) => response.end('LIVE'))).dials(), fault)
  await t.rejects(new Admin(await serve(t, (_, response) => response.writeHead(503).end())).dials(), fault)
})

t.test('they are asked for at a UNIX socket, each by a connection of its own', async (t) => {
  const asked: string[] = []
  let connections = 0
  const path = await serve(
    t,
    ({ url = '' }, response) => {
      asked.push(decodeURIComponent(url))
      response.end(JSON.stringify(url.startsWith('/clusters') ? clusters : stats))
    },
    () => (connections += 1),
  )
  const admin = new Admin(path)
  t.same(await admin.dials(), read)
  t.same(await admin.accepted(names), counted)
  t.same(asked, [
    '/clusters?format=json',
    '/stats?format=json&filter=^listener\\.(outbound|inbound)\\.downstream_cx_total$',
  ])
  t.equal(connections, 2)
})

async function serve(t: Test, answer: RequestListener, onConnection = () => {}): Promise<string> {
  // Not the test's own folder: a socket's path has room for 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'sidetrack-'))
  const path = join(folder, 's')
  const server = createServer(answer).on('connection', onConnection).listen(path)
  t.teardown(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  await once(server, 'listening')
  return path
}
