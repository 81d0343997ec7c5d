import t from 'tap'
import { type Sent, Batch } from '../../harness/agent/drive/batch.ts'
import { wayOf } from '../../harness/agent/way.ts'
import type { WorkerEvent } from '../../harness/agent/worker/protocol.ts'
import type { Station } from '../../harness/flow/verdict.ts'
import { app, dialled, outbound, proxy } from './facts.ts'

const pod = 'pod1'
const source = { address: '10.244.0.5', port: 20000 }
const dial = { address: '10.244.0.5', port: 33000 }
const secondDial = { address: '127.0.0.1', port: 33001 }
const loopback = { address: '127.0.0.1', port: 80 }

const flow: Sent = {
  key: 7,
  plan: { credentials: app, origin: { kind: 'pod' }, protocol: 'tcp', family: 'ipv4', destination: dialled },
  source: { address: '0.0.0.0', port: 20000 },
}

const answered: WorkerEvent = { event: 'outcome', pod, key: 7, outcome: { state: 'answered', local: source } }
const arrived = (
  at: Extract<WorkerEvent, { event: 'arrived' }>['at'],
  from = source,
  rest: object = {},
): WorkerEvent => ({
  event: 'arrived',
  pod,
  at,
  protocol: 'tcp',
  source: from,
  local: outbound,
  original: dialled,
  ...((at === 'outbound' || at === 'inbound') && { passesOn: at }),
  ...rest,
})
type Dialled = Extract<WorkerEvent, { event: 'dialled' }>
const wentOn = (outcome: Dialled['outcome'], rest: Partial<Dialled> = {}): WorkerEvent => ({
  event: 'dialled',
  pod,
  parent: source,
  source: dial,
  dialled,
  outcome,
  ...rest,
})
const connected = { state: 'answered', local: dial } as const

/** The journey that a batch makes of these events, and whether it is over. */
function told(events: readonly WorkerEvent[], sent = flow): { stations: Station[]; over: boolean } {
  const batch = new Batch([sent], proxy)
  for (const event of events) batch.hear(event)
  return { stations: batch.journeyOf(sent).hops.map(({ at }) => at), over: batch.isOver(sent) }
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

/** Whatever the order in which the processes tell it. */
function journey(title: string, events: readonly WorkerEvent[], stations: readonly Station[], over: boolean): void {
  t.test(title, async (t) => {
    const orders = permutations(events)
    const wrong = orders.filter((order) => {
      const result = told(order)
      return result.over !== over || result.stations.join() !== stations.join()
    })
    t.same(wrong, [], `${orders.length} orders`)
  })
}

journey('nothing has been told', [], [], false)
journey('answered, but seen by nobody yet', [answered], [], false)
journey('seen, but not answered yet', [arrived('peer')], ['peer'], false)
journey('direct', [answered, arrived('peer')], ['peer'], true)
journey('captured, and not yet dialled on', [answered, arrived('outbound')], ['outbound'], false)
journey(
  'captured and dialled on',
  [answered, arrived('outbound'), wentOn(connected), arrived('peer', dial)],
  ['outbound', 'peer'],
  true,
)
journey(
  'both listeners, then the application',
  [
    answered,
    arrived('outbound'),
    wentOn(connected),
    arrived('inbound', dial),
    wentOn({ state: 'answered', local: secondDial }, { parent: dial, source: secondDial, dialled: loopback }),
    arrived('app', secondDial),
  ],
  ['outbound', 'inbound', 'app'],
  true,
)
journey(
  'nobody listens where the proxy dials on',
  [answered, arrived('outbound'), wentOn({ state: 'failed', code: 'ECONNREFUSED' })],
  ['outbound', 'refused'],
  true,
)
journey(
  'no answer to what the proxy dials on',
  [answered, arrived('outbound'), wentOn({ state: 'pending' })],
  ['outbound', 'dropped'],
  false,
)
journey(
  'the proxy would dial itself',
  [answered, arrived('outbound'), wentOn({ state: 'self' })],
  ['outbound', 'self'],
  true,
)
const unread = { original: undefined }
journey(
  'captured, and the proxy reads no original destination: it has nowhere to dial on to',
  [answered, arrived('outbound', source, unread), wentOn({ state: 'self' }, { dialled: outbound })],
  ['outbound'],
  true,
)
journey(
  'so it is with what the proxy itself has dialled',
  [
    answered,
    arrived('outbound'),
    wentOn(connected),
    arrived('inbound', dial, unread),
    wentOn({ state: 'self' }, { parent: dial, source: dial, dialled: outbound }),
  ],
  ['outbound', 'inbound'],
  true,
)
journey(
  "nobody redirected what was sent to the listener's own port: the proxy would dial itself",
  [answered, arrived('outbound', source, { ...unread, local: dialled }), wentOn({ state: 'self' })],
  ['outbound', 'self'],
  true,
)
journey(
  'a loop',
  [
    answered,
    arrived('outbound'),
    wentOn(connected),
    arrived('outbound', dial),
    wentOn({ state: 'looped' }, { parent: dial, source: dial }),
  ],
  ['outbound', 'looped'],
  true,
)
journey(
  "another flow's arrival and dial",
  [arrived('peer', { ...source, port: 20001 }), wentOn(connected, { parent: { ...source, port: 20001 } })],
  [],
  false,
)

t.test('a dial that was pending and is answered later goes on', async (t) => {
  const batch = new Batch([flow], proxy)
  for (const event of [answered, arrived('outbound'), wentOn({ state: 'pending' })]) batch.hear(event)
  t.same(
    batch.journeyOf(flow).hops.map(({ at }) => at),
    ['outbound', 'dropped'],
  )
  batch.hear(wentOn(connected))
  batch.hear(arrived('peer', dial))
  t.same(
    batch.journeyOf(flow).hops.map(({ at }) => at),
    ['outbound', 'peer'],
  )
  t.equal(batch.isOver(flow), true)
})

t.test('each hop says who sent it and what was dialled', async (t) => {
  const batch = new Batch([flow], proxy)
  const hostile = { address: '10.96.0.10', port: 80 }
  for (const event of [
    answered,
    arrived('outbound'),
    wentOn(connected, { dialled: hostile }),
    arrived('peer', dial, { local: hostile }),
  ])
    batch.hear(event)
  t.match(batch.journeyOf(flow).hops, [
    { at: 'outbound', local: outbound, originalDestination: dialled, dialled, identity: app },
    { at: 'peer', local: hostile, dialled: hostile, identity: proxy },
  ])
})

t.test('a port that was changed on the way is known by its true one', async (t) => {
  const seen = { address: '10.244.0.5', port: 10001 }
  const batch = new Batch([flow], proxy)
  t.equal(batch.knowsPort(20000), true)
  t.equal(batch.knowsPort(10001), false)
  batch.rename('tcp', seen, outbound, 20000)
  for (const event of [
    answered,
    arrived('outbound', seen),
    wentOn(connected, { parent: seen, accepted: { protocol: 'tcp', local: outbound } }),
    arrived('peer', dial),
  ])
    batch.hear(event)
  t.equal(batch.knowsPort(dial.port), true, "the stub's own dial")
  t.same(
    batch.journeyOf(flow).hops.map(({ at }) => at),
    ['outbound', 'peer'],
  )
})

t.test('a port that nat has chosen by chance, and another flow has, is told by its way', async (t) => {
  const other: Sent = { ...flow, key: 8, source: { ...flow.source, port: 10001 } }
  const seen = { address: '10.244.0.5', port: 10001 }
  const batch = new Batch([flow, other], proxy)
  batch.rename('tcp', seen, outbound, 20000)
  batch.hear(arrived('outbound', seen))
  batch.hear(wentOn(connected, { parent: seen, accepted: { protocol: 'tcp', local: outbound } }))
  batch.hear(arrived('app', seen, { local: loopback, original: undefined }))
  const stations = (sent: Sent) => batch.journeyOf(sent).hops.map(({ at }) => at)
  t.same([stations(flow), stations(other)], [['outbound', 'dropped'], ['app']])
  t.same([batch.truePort(10001, wayOf('tcp', seen, outbound)), batch.truePort(10001)], [20000, 10001])
})

t.test('what comes from a port that nobody has is a stranger, until somebody says whose it is', async (t) => {
  const seen = { address: '10.244.0.5', port: 10001 }
  const batch = new Batch([flow], proxy)
  batch.hear(arrived('peer', source))
  t.equal(batch.hasStranger('tcp'), false)
  batch.hear(arrived('peer', dial))
  t.equal(batch.hasStranger('tcp'), true)
  batch.hear(wentOn(connected))
  t.equal(batch.hasStranger('tcp'), false, "it is one of the stub's dials")
  batch.hear(arrived('peer', seen, { protocol: 'udp' }))
  t.equal(batch.hasStranger('udp'), true)
  t.equal(batch.hasStranger('tcp'), false)
})

t.test('a datagram ends at the listener that catches it', async (t) => {
  const datagram: Sent = { ...flow, plan: { ...flow.plan, protocol: 'udp' } }
  t.same(told([answered, arrived('outbound', source, { protocol: 'udp', passesOn: undefined })], datagram), {
    stations: ['outbound'],
    over: true,
  })
})

t.test('an echo request is over once it is answered: who saw it is asked later', async (t) => {
  t.equal(told([answered], { ...flow, plan: { ...flow.plan, protocol: 'icmp' } }).over, true)
})

t.test('a failed probe is over at once', async (t) => {
  t.equal(told([{ event: 'outcome', pod, key: 7, outcome: { state: 'failed', code: 'ECONNREFUSED' } }]).over, true)
})

t.test('two ends that talk are waited for', async (t) => {
  const talking: Sent = { ...flow, plan: { ...flow.plan, conversation: 'http' } }
  const batch = new Batch([talking], proxy)
  batch.hear(answered)
  t.equal(batch.isTalking(talking), false, 'nobody has seen it yet')
  batch.hear(arrived('peer'))
  t.equal(batch.isTalking(talking), true)
  t.equal(batch.isOver(talking), false)
  batch.hear({ event: 'conversed', pod, key: 7, heard: 'peer' })
  t.equal(batch.isTalking(talking), false)
  t.equal(batch.isOver(talking), true)
})

t.test('why two ends have not talked, once nothing more is to come', async (t) => {
  const talking: Sent = { ...flow, plan: { ...flow.plan, conversation: 'http' } }
  const talk = (events: readonly WorkerEvent[]) => {
    const batch = new Batch([talking], proxy)
    for (const event of [answered, arrived('peer', source, { conversation: 'http' }), ...events]) batch.hear(event)
    return batch.conversationOf(talking)
  }
  const moved = (unheard: number[], pid = 1): WorkerEvent => ({ event: 'moved', pod, pid, unheard })
  const lost = { error: 'what one of them said has been lost on the way to the other' }
  t.same(talk([]), { silent: true }, 'nothing says why')
  t.same(talk([moved([source.port])]), lost)
  t.same(talk([moved([source.port]), moved([], 2)]), lost, 'whatever another process has')
  t.same(talk([moved([source.port]), moved([])]), { silent: true }, 'it has been acknowledged since')
  t.same(talk([moved([source.port + 1])]), { silent: true }, "it is another flow's")
  t.match(talk([{ event: 'broken', pod, port: source.port }]), { error: /^the connection has been reset/ })
  t.match(talk([arrived('peer')]), { error: 'whoever is called does not talk' })
  t.match(talk([arrived('peer', source, { conversation: 'server-first' })]), {
    error: 'whoever is called does not talk',
  })
  t.match(talk([{ event: 'conversed', pod, key: 7, heard: 'peer' }]), { heard: 'peer' })
})

t.test('on any of its connections', async (t) => {
  const talking: Sent = { ...flow, plan: { ...flow.plan, conversation: 'http' } }
  const batch = new Batch([talking], proxy)
  for (const event of [
    answered,
    arrived('outbound'),
    wentOn(connected),
    arrived('peer', dial, { conversation: 'http' }),
  ])
    batch.hear(event)
  t.same(batch.conversationOf(talking), { silent: true })
  batch.hear({ event: 'moved', pod, pid: 1, unheard: [dial.port] })
  t.match(batch.conversationOf(talking), { error: /lost/ })
})

t.test('what nobody knows the sender of any more is a stranger', async (t) => {
  const batch = new Batch([flow], proxy)
  batch.hear({ event: 'nameless', pod, protocol: 'tcp' })
  t.equal(batch.hasStranger('tcp'), true)
  t.equal(batch.hasStranger('udp'), false)
})

t.test('once a process is lost nothing is waited for', async (t) => {
  const batch = new Batch([flow], proxy)
  const { changed, revision } = batch
  batch.fail()
  await changed
  t.equal(batch.isOver(flow), true)
  t.ok(batch.revision > revision)
})
