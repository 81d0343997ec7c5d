import t from 'tap'
import { readEntry } from '../../../harness/agent/envoy/access-log.ts'
import { heardOf, Told } from '../../../harness/agent/envoy/told.ts'

/** Lines as Envoy 1.40 writes them. */
const start = {
  at: 'outbound',
  dialled: null,
  dialledFrom: null,
  ending: 'on',
  local: '127.0.0.1:15001',
  moment: 'TcpConnectionStart',
  original: '203.0.113.10:80',
  source: '10.244.0.5:20001',
}
const connected = { ...start, moment: 'TcpUpstreamConnected', dialled: '203.0.113.10:80', dialledFrom: '10.244.0.5:251' }
const ended = { ...connected, moment: 'TcpConnectionEnd' }

const at = (address: string, port: number) => ({ address, port })
const tell = (lines: readonly object[], services: ConstructorParameters<typeof Told>[1] = []) => {
  const told = new Told('pod-1', services)
  return lines.flatMap((line) => {
    const entry = readEntry(line)
    return entry === 'sentinel' ? [] : told.eventsOf(entry)
  })
}

t.test('an accepted connection has arrived, and is being dialled on', async (t) => {
  const [arrived, dialled, ...more] = tell([start])
  t.match(arrived, {
    event: 'arrived',
    pod: 'pod-1',
    at: 'outbound',
    protocol: 'tcp',
    source: at('10.244.0.5', 20001),
    local: at('127.0.0.1', 15001),
    original: at('203.0.113.10', 80),
  })
  t.match(dialled, { event: 'dialled', parent: at('10.244.0.5', 20001), dialled: at('203.0.113.10', 80), outcome: { state: 'pending' } })
  t.same(more, [])
})

t.test('an answered dial is told with the port it came from; its end says nothing more', async (t) => {
  const [dialled, ...more] = tell([start, connected, ended]).slice(2)
  t.match(dialled, { event: 'dialled', source: at('10.244.0.5', 251), outcome: { state: 'answered' } })
  t.same(more, [])
})

t.test('a connection that ends without an answer to its dial was refused', async (t) => {
  const [failed] = tell([start, { ...start, moment: 'TcpConnectionEnd' }]).slice(2)
  t.match(failed, { event: 'dialled', dialled: at('203.0.113.10', 80), outcome: { state: 'failed' } })
})

t.test('one of a port that is used again is not taken for the one before', async (t) => {
  const [failed] = tell([start, connected, ended, start, { ...start, moment: 'TcpConnectionEnd' }]).slice(5)
  t.match(failed, { outcome: { state: 'failed' } })
})

t.test('what is dialled without an answer is what the bootstrap says', async (t) => {
  const services = [{ at: at('203.0.113.10', 80), to: at('10.244.0.5', 8080) }]
  t.match(tell([start], services)[1], { dialled: at('10.244.0.5', 8080) })
  t.match(tell([{ ...start, at: 'inbound' }], services)[1], { dialled: at('127.0.0.1', 80) })
  t.match(tell([{ ...start, at: 'inbound', original: '[2001:db8::5]:80' }])[1], { dialled: at('::1', 80) })
})

t.test('a connection that is not passed on says why, and only once', async (t) => {
  for (const ending of ['looped', 'self']) {
    const line = { ...start, ending }
    const events = tell([line, { ...line, moment: 'TcpConnectionEnd' }])
    t.equal(events.length, 2)
    t.match(events[1], { event: 'dialled', outcome: { state: ending } })
  }
})

t.test("the proxy's own ports tell of an arrival, and of nothing else", async (t) => {
  const line = { ...start, at: 'envoy-admin', local: '127.0.0.1:15000', original: '127.0.0.1:15000' }
  const relayed = { ...line, moment: 'TcpUpstreamConnected', dialled: '/run/admin' }
  const events = tell([line, relayed, { ...relayed, moment: 'TcpConnectionEnd' }])
  t.match(events, [{ event: 'arrived', at: 'envoy-admin', local: at('127.0.0.1', 15000) }])
  t.equal(events.length, 1)
})

t.test('IPv6 addresses are read, and mapped ones are IPv4', async (t) => {
  t.match(readEntry({ ...start, source: '[2001:DB8::5]:20001' }), { source: at('2001:db8::5', 20001) })
  t.match(readEntry({ ...start, source: '[::ffff:10.244.0.5]:20001' }), { source: at('10.244.0.5', 20001) })
})

t.test('a line of another form is a fault, whatever it lacks', async (t) => {
  for (const field of ['source', 'local', 'original', 'moment']) {
    t.throws(() => readEntry({ ...start, [field]: '-' }), { fault: 'sidetrack', message: /access log has a line of another form/ }, field)
  }
  t.equal(readEntry({ at: 'sentinel' }), 'sentinel')
})

t.test('the admin interface is known by its page', async (t) => {
  const event = { event: 'conversed', pod: 'pod-1', key: 1 } as const
  t.match(heardOf({ ...event, heard: '<!DOCTYPE html>\n<head>\n  <title>Envoy Admin</title>' }), { heard: 'envoy-admin' })
  t.match(heardOf({ ...event, heard: 'envoy-metrics' }), { heard: 'envoy-metrics' })
})
