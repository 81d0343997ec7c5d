import t from 'tap'
import { findMesh } from '../../../harness/mesh/index.ts'
import { readEntry } from '../../../harness/agent/envoy/access-log.ts'
import { heardOf, EventTranslation } from '../../../harness/agent/envoy/event-translation.ts'

/** Lines as Envoy 1.40 writes them. */
const start = {
  at: 'outbound',
  cluster: 'outbound',
  dialled: null,
  dialledFrom: null,
  disposition: 'on',
  local: '127.0.0.1:15001',
  moment: 'TcpConnectionStart',
  original: '203.0.113.10:80',
  source: '10.244.0.5:20001',
}
const connected = {
  ...start,
  moment: 'TcpUpstreamConnected',
  dialled: '203.0.113.10:80',
  dialledFrom: '10.244.0.5:251',
}
const ended = { ...connected, moment: 'TcpConnectionEnd' }

const at = (address: string, port: number) => ({ address, port })
const { listeners, dialsOn } = findMesh('osm').profile('1.2')
const pod = { name: 'pod-1', addresses: ['10.244.0.5'] }
type Services = ConstructorParameters<typeof EventTranslation>[1]['services']
const tellTo = (translation: EventTranslation, lines: readonly object[]) =>
  lines.flatMap((line) => {
    const entry = readEntry(line)
    return entry === 'sentinel' ? [] : translation.eventsOf(entry)
  })
const tell = (lines: readonly object[], services: Services = []) =>
  tellTo(new EventTranslation(pod, { services, listeners, dialsOn }), lines)

t.test('an accepted connection has arrived; whom it is passed on to, the log does not say yet', async (t) => {
  const [arrived, ...more] = tell([start])
  t.match(arrived, {
    event: 'arrived',
    pod: 'pod-1',
    at: 'outbound',
    protocol: 'tcp',
    source: at('10.244.0.5', 20001),
    local: at('127.0.0.1', 15001),
    original: at('203.0.113.10', 80),
  })
  t.same(more, [])
})

t.test('by TPROXY a connection has arrived at the port of its listener, for what its socket says', async (t) => {
  const taken = at('10.244.0.5', 8080)
  const [arrived] = tell([{ ...start, at: 'inbound', local: '10.244.0.5:8080', original: '10.244.0.5:8080' }])
  t.match(arrived, { event: 'arrived', at: 'inbound', local: at('10.244.0.5', 15003), original: taken })
  const [own] = tell([{ ...start, local: '10.244.0.5:15001', original: '10.244.0.5:15001' }])
  t.match(own, { local: at('10.244.0.5', 15001), original: undefined }, 'dialled as such it reads nothing')
})

t.test('an answered dial is translation with the port it came from; its end says nothing more', async (t) => {
  const [dialled, ...more] = tell([start, connected, ended]).slice(1)
  t.match(dialled, {
    event: 'dialled',
    parent: at('10.244.0.5', 20001),
    dialled: at('203.0.113.10', 80),
    source: at('10.244.0.5', 251),
    outcome: { state: 'answered' },
  })
  t.same(more, [])
})

const refused = [start, { ...start, moment: 'TcpConnectionEnd' }]
const dials = (to: string, port: number, count: number, cluster = 'outbound') => [{ cluster, to: at(to, port), count }]

t.test('a dial without an answer is for whom the admin interface says, and is translation once', async (t) => {
  const translation = new EventTranslation(pod, { services: [], listeners, dialsOn })
  t.notOk(translation.isOpen)
  tellTo(translation, [start])
  t.ok(translation.isOpen)
  t.same(translation.take(dials('203.0.113.99', 81, 1, 'inbound')), [], 'another cluster has nothing to do with it')
  const [pending, ...more] = translation.take(dials('203.0.113.99', 81, 1))
  t.match(pending, {
    event: 'dialled',
    parent: at('10.244.0.5', 20001),
    dialled: at('203.0.113.99', 81),
    outcome: { state: 'pending' },
  })
  t.same(more, [])
  t.notOk(translation.isOpen)
  t.same(translation.take(dials('203.0.113.99', 81, 1)), [])
  t.match(tellTo(translation, refused.slice(1)), [
    { event: 'dialled', dialled: at('203.0.113.99', 81), outcome: { state: 'failed' } },
  ])
})

t.test(
  'a connection that ends without an answer to its dial was refused by whom the admin interface says',
  async (t) => {
    const translation = new EventTranslation(pod, { services: [], listeners, dialsOn })
    t.equal(tellTo(translation, refused).length, 1)
    t.match(translation.take(dials('203.0.113.99', 81, 1)), [
      { event: 'dialled', dialled: at('203.0.113.99', 81), outcome: { state: 'failed' } },
    ])
    t.notOk(translation.isOpen)
  },
)

t.test('an earlier dial to the same address is not taken for a later one', async (t) => {
  const translation = new EventTranslation(pod, { services: [], listeners, dialsOn })
  tellTo(translation, [start, connected, ended, start])
  t.same(translation.take(dials('203.0.113.10', 80, 1)), [])
  t.match(translation.take(dials('203.0.113.10', 80, 2)), [
    { dialled: at('203.0.113.10', 80), outcome: { state: 'pending' } },
  ])
  tellTo(translation, [connected, ended, start])
  t.same(translation.take(dials('203.0.113.10', 80, 2)), [], 'one that was answered after all counts once')
})

t.test('one of a port that is used again is not taken for the one before', async (t) => {
  const translation = new EventTranslation(pod, { services: [], listeners, dialsOn })
  tellTo(translation, [start, connected, ended, ...refused])
  t.match(translation.take(dials('203.0.113.10', 80, 2)), [{ outcome: { state: 'failed' } }])
})

const accepted = (outbound: number, inbound: number) =>
  new Map([
    ['outbound', outbound],
    ['inbound', inbound],
  ])

t.test('a connection that is accepted and not logged is missed', async (t) => {
  const translation = new EventTranslation(pod, { services: [], listeners, dialsOn })
  tellTo(translation, [start, connected])
  t.equal(translation.whatIsMissing(accepted(1, 0)), undefined)
  t.equal(translation.whatIsMissing(accepted(0, 0)), undefined, 'one that came after the question')
  t.equal(
    translation.whatIsMissing(accepted(1, 1)),
    'Envoy accepted 1 connections at its inbound listener and logged 0',
  )
})

t.test('what is passed on to nobody is for whom the bootstrap would pass it on to', async (t) => {
  const self = { ...start, disposition: 'self' }
  const services = [{ at: at('203.0.113.10', 80), to: at('10.244.0.5', 15000) }]
  t.match(tell([self], services)[1], { dialled: at('10.244.0.5', 15000) })
  t.match(tell([{ ...self, at: 'inbound' }], services)[1], { dialled: at('127.0.0.1', 80) })
  t.match(tell([{ ...self, at: 'inbound', original: '[2001:db8::5]:80' }])[1], { dialled: at('::1', 80) })
})

t.test('Envoy restores no original destination that is its own address, and so has read none', async (t) => {
  const [arrived] = tell([{ ...start, original: start.local, disposition: 'self' }])
  t.match(arrived, { event: 'arrived' })
  t.notOk(arrived !== undefined && 'original' in arrived)
})

t.test('a connection that is not passed on says why, and only once', async (t) => {
  for (const disposition of ['looped', 'self']) {
    const line = { ...start, disposition }
    const events = tell([line, { ...line, moment: 'TcpConnectionEnd' }])
    t.equal(events.length, 2)
    t.match(events[1], { event: 'dialled', outcome: { state: disposition } })
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
  for (const field of ['source', 'local', 'original', 'moment', 'cluster']) {
    t.throws(
      () => readEntry({ ...start, [field]: field === 'cluster' ? null : '-' }),
      { fault: 'sidetrack', message: /access log has a line of another form/ },
      field,
    )
  }
  t.equal(readEntry({ at: 'sentinel' }), 'sentinel')
})

t.test('the admin interface is known by its page', async (t) => {
  const event = { event: 'conversed', pod: 'pod-1', key: 1 } as const
  t.match(heardOf({ ...event, heard: '<!DOCTYPE html>\n<head>\n  <title>Envoy Admin</title>' }, listeners), {
    heard: 'envoy-admin',
  })
  t.match(heardOf({ ...event, heard: 'envoy-metrics' }, listeners), { heard: 'envoy-metrics' })
})
