import t from 'tap'
import type { FlowPlan } from '../../harness/agent/protocol.ts'
import type { Expected, Hop, Observed, Station } from '../../harness/flow/verdict.ts'
import { judge } from '../../harness/run/judge/judge.ts'
import { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { parseEndpoint } from '../../harness/scenario/endpoint-text.ts'

const identity = { uid: 1000, gid: 1000, groups: [] }
const outside = { address: '203.0.113.10', port: 80 }
const inPod = { address: '10.244.0.5', port: 8080 }
const endpoint = (text: string) => parseEndpoint(text, true)
const addresses = PodAddresses.of({
  interfaces: [],
  inner: false,
  closed: [],
  services: [{ at: endpoint('10.96.0.10:80'), to: endpoint('pod:8080') }],
})

const plan = (rest: Partial<FlowPlan> = {}): FlowPlan => ({
  credentials: identity,
  origin: { kind: 'pod' },
  protocol: 'tcp',
  family: 'ipv4',
  destination: outside,
  ...rest,
})
const hop = (at: Station, local: Hop['local'] = outside): Hop => ({
  at,
  ...(local && { local }),
  dialled: outside,
  identity,
})
const hops = (...stations: Station[]): Hop[] => stations.map((at) => hop(at))

/** Holds one against the other. @returns why it does not fit. */
const held = (expected: Expected, observed: Observed, flow: Partial<FlowPlan> = {}) =>
  judge(expected, observed, plan(flow), addresses)?.reason

const toOutbound: Expected = { verdict: 'redirected', listener: 'outbound' }
const outbound = (...journey: Hop[]): Observed => ({
  verdict: 'redirected',
  listener: 'outbound',
  journey: [hop('outbound'), ...journey],
})

/** The step at which they part. */
const partsAt = (expected: Expected, observed: Observed, flow: Partial<FlowPlan> = {}) =>
  judge(expected, observed, plan(flow), addresses)?.at

t.test('another verdict', async (t) => {
  t.equal(
    held(toOutbound, { verdict: 'direct', answeredBy: 'peer', journey: hops('peer') }),
    'expected redirected to outbound, but it was direct',
  )
  t.equal(held({ verdict: 'dropped' }, outbound(hop('peer'))), 'expected dropped, but it was redirected to outbound')
})

t.test('another listener', async (t) => {
  t.equal(
    held({ verdict: 'redirected', listener: 'inbound' }, outbound(hop('peer'))),
    'the listener should be inbound, but is outbound',
  )
})

t.test(
  'captured: by which listener; the rest of the journey is free, but for listeners that are met twice',
  async (t) => {
    const captured: Expected = { verdict: 'captured', listener: 'outbound' }
    const by = (...journey: Hop[]): Observed => ({
      verdict: 'captured',
      listener: 'outbound',
      journey: [hop('outbound'), ...journey],
    })
    t.equal(held(captured, by()), undefined)
    t.equal(held(captured, by(hop('peer', { address: '203.0.113.99', port: 81 }))), undefined)
    t.equal(held({ ...captured, listener: 'inbound' }, by()), 'the listener should be inbound, but is outbound')
    t.equal(held(captured, by(hop('inbound'), hop('outbound'))), 'the outbound listener got it twice')
    t.equal(held({ ...captured, then: [] }, by()), undefined)
    t.equal(held({ ...captured, then: [] }, by(hop('peer'))), 'the journey should go on to nobody, but goes on peer')
    t.equal(held(captured, by(), { conversation: 'http' }), undefined, 'there is nobody to talk to')
    t.equal(held(captured, outbound(hop('peer'))), 'expected captured by outbound, but it was redirected to outbound')
    t.equal(held(toOutbound, by()), 'expected redirected to outbound, but it was captured by outbound')
  },
)

t.test('direct: whoever owns the address must answer, unless somebody else is named', async (t) => {
  const by = (answeredBy: 'peer' | 'app' | 'envoy-admin'): Observed => ({
    verdict: 'direct',
    answeredBy,
    journey: hops(answeredBy),
  })
  t.equal(held({ verdict: 'direct' }, by('peer')), undefined)
  t.equal(held({ verdict: 'direct' }, by('app')), 'whoever answers should be peer, but is app')
  t.equal(held({ verdict: 'direct' }, by('app'), { destination: inPod }), undefined)
  t.equal(held({ verdict: 'direct' }, by('app'), { destination: { address: '127.0.0.2', port: 80 } }), undefined)
  t.equal(
    held({ verdict: 'direct' }, by('envoy-admin'), { destination: inPod }),
    'whoever answers should be app, but is envoy-admin',
  )
  t.equal(held({ verdict: 'direct', answeredBy: 'envoy-admin' }, by('envoy-admin'), { destination: inPod }), undefined)
})

t.test('refused: by whom is asked only where the scenario says so', async (t) => {
  const byPod: Observed = { verdict: 'refused', refusedBy: 'pod', journey: hops('refused') }
  t.equal(held({ verdict: 'refused' }, byPod), undefined)
  t.equal(held({ verdict: 'refused', refusedBy: 'pod' }, byPod), undefined)
  t.equal(held({ verdict: 'refused', refusedBy: 'peer' }, byPod), 'whoever refuses should be peer, but is pod')
})

t.test('translated: to where', async (t) => {
  const to = (address: string, port: number): Observed => ({
    verdict: 'translated',
    answeredBy: 'peer',
    translatedTo: { address, port },
    journey: hops('peer'),
  })
  t.equal(held({ verdict: 'translated', to: '203.0.113.99:81' }, to('203.0.113.99', 81)), undefined)
  t.equal(held({ verdict: 'translated', to: 'pod:81' }, to('10.244.0.5', 81)), undefined)
  t.equal(
    held({ verdict: 'translated', to: '203.0.113.99:81' }, to('203.0.113.99', 82)),
    'where it is translated to should be 203.0.113.99:81, but is 203.0.113.99:82',
  )
  t.equal(held({ verdict: 'translated', to: '203.0.113.99' }, to('203.0.113.99', 0), { protocol: 'icmp' }), undefined)
})

t.test('the journey must end at whoever owns the original destination', async (t) => {
  t.equal(held(toOutbound, outbound(hop('peer'))), undefined)
  t.equal(
    held(toOutbound, outbound(hop('refused'))),
    'the journey should end at the peer that owns 203.0.113.10:80, but ends with refused',
  )
  t.equal(
    held(toOutbound, outbound()),
    'the journey should end at the peer that owns 203.0.113.10:80, but ends with outbound',
  )
  t.equal(
    held(toOutbound, outbound(hop('peer', { address: '203.0.113.99', port: 80 }))),
    'the journey should end at 203.0.113.10:80, but ends at 203.0.113.99:80',
  )
  t.equal(
    held(toOutbound, outbound({ at: 'peer', dialled: outside, identity })),
    'the journey ends at an unknown address',
  )
})

t.test('in the pod the port says which application it is, since the inbound hop dials loopback', async (t) => {
  const toInbound: Expected = { verdict: 'redirected', listener: 'inbound' }
  const inbound = (port: number): Observed => ({
    verdict: 'redirected',
    listener: 'inbound',
    journey: [hop('inbound'), hop('app', { address: '127.0.0.1', port })],
  })
  t.equal(held(toInbound, inbound(8080), { destination: inPod }), undefined)
  t.equal(
    held(toInbound, inbound(8081), { destination: inPod }),
    'the journey should end at 10.244.0.5:8080, but ends at 127.0.0.1:8081',
  )
})

t.test("or at its service's endpoint", async (t) => {
  const destination = { address: '10.96.0.10', port: 80 }
  t.equal(held(toOutbound, outbound(hop('inbound'), hop('app', inPod)), { destination }), undefined)
  t.equal(
    held(toOutbound, outbound(hop('peer', destination)), { destination }),
    'the journey should end at the app that owns 10.244.0.5:8080, but ends with peer',
  )
})

t.test('each listener at most once, whatever is expected of the rest', async (t) => {
  t.equal(
    held(toOutbound, outbound(hop('inbound'), hop('outbound'), hop('peer'))),
    'the outbound listener got it twice',
  )
  t.equal(
    held({ ...toOutbound, then: ['inbound', 'inbound', 'app'] }, outbound(...hops('inbound', 'inbound', 'app'))),
    'the inbound listener got it twice',
  )
})

t.test('a journey that is spelt out must be that one', async (t) => {
  t.equal(held({ ...toOutbound, then: ['refused'] }, outbound(hop('refused'))), undefined)
  t.equal(
    held({ ...toOutbound, then: ['inbound', 'app'] }, outbound(hop('app'))),
    'the journey should go on inbound → app, but goes on app',
  )
  t.equal(
    held({ ...toOutbound, then: [] }, outbound(hop('peer'))),
    'the journey should go on to nobody, but goes on peer',
  )
  t.equal(
    held(
      { verdict: 'translated', to: '203.0.113.99:81', then: ['app'] },
      { verdict: 'translated', translatedTo: { address: '203.0.113.99', port: 81 }, journey: hops('peer') },
    ),
    'the journey should go on app, but goes on to nobody',
  )
})

t.test('two ends that are to talk must, and whoever is heard be whom the witnesses saw', async (t) => {
  const talking = { conversation: 'server-first' } as const
  t.equal(held(toOutbound, { ...outbound(hop('peer')), heard: 'peer' }, talking), undefined)
  t.equal(
    held(toOutbound, { ...outbound(hop('peer')), heard: 'app' }, talking),
    'whoever is heard should be peer, but is app',
  )
  t.equal(held(toOutbound, outbound(hop('peer')), talking), 'the two ends did not talk')
  t.equal(
    held(toOutbound, { ...outbound(hop('peer')), notes: ['the two ends could not talk: it hung up'] }, talking),
    'the two ends could not talk: it hung up',
  )
  t.equal(
    held({ ...toOutbound, then: ['refused'] }, outbound(hop('refused')), talking),
    undefined,
    'there is nobody to talk to',
  )
})

t.test('another verdict is about the first connection, whatever came later', async (t) => {
  const captured: Expected = { verdict: 'captured', listener: 'outbound' }
  t.equal(partsAt(captured, outbound(hop('peer'))), 0)
  t.equal(partsAt({ ...captured, then: ['app'] }, outbound(hop('peer'))), 0, 'though the next step differs as well')
  t.equal(partsAt({ ...toOutbound, then: ['app'] }, { ...outbound(hop('peer')), verdict: 'captured' }), 0)
  t.equal(partsAt({ verdict: 'direct' }, outbound(hop('peer'))), 0)
  t.equal(partsAt({ verdict: 'redirected', listener: 'inbound' }, outbound(hop('peer'))), 0)
})

t.test('a loop is met where the listener got it again', async (t) => {
  const looped = (...stations: Station[]): Observed => ({
    verdict: 'looped',
    listener: 'outbound',
    journey: hops('outbound', ...stations),
  })
  t.equal(partsAt(toOutbound, looped('looped')), 1)
  t.equal(partsAt(toOutbound, looped('inbound', 'looped')), 2)
  t.equal(partsAt({ verdict: 'captured', listener: 'outbound' }, looped('inbound', 'looped')), 2)
  t.equal(partsAt({ ...toOutbound, then: ['peer'] }, looped('inbound', 'looped')), 1, 'or before, where a step differs')
  t.equal(partsAt({ verdict: 'direct' }, looped('looped')), 0)
})

t.test('a journey parts at the first step that differs, that is missing, or that is one too many', async (t) => {
  const spelt: Expected = { ...toOutbound, then: ['inbound', 'app'] }
  t.equal(partsAt(spelt, outbound(hop('app'))), 1)
  t.equal(partsAt(spelt, outbound(...hops('inbound', 'refused'))), 2)
  t.equal(partsAt(spelt, outbound(hop('inbound'))), 2)
  t.equal(partsAt(spelt, outbound(...hops('inbound', 'app', 'app'))), 3)
  const to = {
    verdict: 'translated',
    translatedTo: { address: '203.0.113.99', port: 81 },
    journey: hops('peer'),
  } as const
  t.equal(partsAt({ verdict: 'translated', to: '203.0.113.99:81', then: ['app'] }, { ...to, journey: hops('peer') }), 1)
  t.equal(partsAt({ verdict: 'translated', to: '203.0.113.99:82' }, { ...to, journey: hops('peer') }), 0)
})

t.test('a listener that is met twice is where it parts, and else the end', async (t) => {
  t.equal(partsAt(toOutbound, outbound(hop('inbound'), hop('outbound'), hop('peer'))), 2)
  t.equal(partsAt(toOutbound, outbound(hop('inbound'), hop('refused'))), 2)
  t.equal(partsAt(toOutbound, outbound(hop('peer', { address: '203.0.113.11', port: 80 }))), 1)
  t.equal(partsAt(toOutbound, outbound()), 1, 'an end that is missing')
  t.equal(partsAt(toOutbound, outbound(hop('peer')), { conversation: 'server-first' }), 1)
})

t.test('whether the sender of a datagram hears the answer, where a scenario says that', async (t) => {
  const udp = { protocol: 'udp' } as const
  const observed = (answered: boolean): Observed => ({
    verdict: 'direct',
    answeredBy: 'peer',
    answered,
    journey: hops('peer'),
  })
  t.equal(held({ verdict: 'direct' }, observed(false), udp), undefined)
  t.equal(held({ verdict: 'direct', answered: false }, observed(false), udp), undefined)
  t.equal(
    held({ verdict: 'direct', answered: true }, observed(false), udp),
    'its sender should hear the answer, but it is lost',
  )
  t.equal(
    held({ verdict: 'direct', answered: false }, observed(true), udp),
    'the answer should be lost, but its sender hears it',
  )
})

t.test('whom the dialled endpoint sees as its client', async (t) => {
  const from = (address: string): Observed => ({
    ...{ verdict: 'direct', answeredBy: 'peer' },
    journey: [{ ...hop('peer'), from: address }],
  })
  const expected: Expected = { verdict: 'direct', source: '10.244.0.5' }
  t.equal(held(expected, from('10.244.0.5')), undefined)
  t.equal(
    held(expected, from('10.244.0.1')),
    'whom the last receiver sees as its client should be 10.244.0.5, but is 10.244.0.1',
  )
  t.equal(partsAt(expected, from('10.244.0.1')), 0)
})
