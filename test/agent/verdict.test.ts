import t from 'tap'
import { type FlowFacts, Undecided } from '../../harness/agent/drive/facts.ts'
import { judgeFlow } from '../../harness/agent/verdict.ts'
import type { Observed } from '../../harness/flow/verdict.ts'
import { app, dialled, elsewhere, facts, hop, inbound, outbound, proxy } from './facts.ts'

const pending = { state: 'pending' } as const
const failed = (code: string, offender?: string) => ({ state: 'failed', code, ...(offender && { offender }) }) as const

/** These facts prove exactly this, whatever the journey. */
function proves(title: string, known: FlowFacts, verdict: Omit<Observed, 'journey'>): void {
  t.test(title, async (t) => {
    const { journey: _, ...rest } = judgeFlow(known)
    t.strictSame(rest, verdict)
  })
}

/** These facts prove nothing. */
function undecided(title: string, known: FlowFacts, why: RegExp): void {
  t.test(`undecided: ${title}`, async (t) => {
    try {
      t.fail(`proves ${judgeFlow(known).verdict}`)
    } catch (error) {
      t.ok(error instanceof Undecided)
      t.match((error as Error).message, why)
    }
  })
}

const captured = hop('outbound', { local: outbound, originalDestination: dialled })

proves(
  'redirected: a listener witnessed it, and it was meant for the dialled endpoint',
  facts({ hops: [captured, hop('peer')] }),
  {
    verdict: 'redirected',
    listener: 'outbound',
    originalDestination: dialled,
  },
)
proves(
  'redirected to the inbound listener',
  facts({ hops: [hop('inbound', { local: inbound, originalDestination: dialled }), hop('app')] }),
  { verdict: 'redirected', listener: 'inbound', originalDestination: dialled },
)
proves(
  'redirected, whatever became of the proxy dialling on',
  facts({ hops: [captured, hop('refused', { identity: proxy })] }),
  {
    verdict: 'redirected',
    listener: 'outbound',
    originalDestination: dialled,
  },
)
proves('redirected: a datagram whose answer is lost', facts({ protocol: 'udp', outcome: pending, hops: [captured] }), {
  verdict: 'redirected',
  listener: 'outbound',
  originalDestination: dialled,
  answered: false,
  notes: ['it arrived, but the answer to it was lost'],
})
proves(
  'dropped: policy routing leaves it without a route',
  facts({ outcome: failed('ENETUNREACH'), hasPolicyRouting: true }),
  {
    verdict: 'dropped',
    notes: ['the kernel refused to send it (ENETUNREACH)'],
  },
)
undecided(
  'a pod without policy routing has a route everywhere',
  facts({ outcome: failed('ENETUNREACH') }),
  /could not be sent/,
)
proves(
  'captured: a listener got it, and takes it to be meant for somebody else',
  facts({ hops: [hop('outbound', { local: outbound, originalDestination: elsewhere }), hop('peer')] }),
  { verdict: 'captured', listener: 'outbound', originalDestination: elsewhere },
)
proves(
  'captured: a listener got it, and does not know what it was meant for',
  facts({ hops: [hop('inbound', { local: inbound })] }),
  {
    verdict: 'captured',
    listener: 'inbound',
    notes: ['the listener reads no original destination, so the proxy cannot pass it on'],
  },
)
proves(
  'captured: and it is said as well that the answer to a datagram is lost',
  facts({ protocol: 'udp', outcome: pending, hops: [hop('outbound', { local: outbound })] }),
  {
    verdict: 'captured',
    listener: 'outbound',
    answered: false,
    notes: [
      'the listener reads no original destination, so the proxy cannot pass it on',
      'it arrived, but the answer to it was lost',
    ],
  },
)

proves('direct: the dialled endpoint witnessed it', facts({ hops: [hop('peer')] }), {
  verdict: 'direct',
  answeredBy: 'peer',
})
proves(
  'direct: it is the dialled endpoint however its address is spelt',
  facts({ hops: [hop('peer', { local: { address: '::ffff:203.0.113.10', port: 80 } })] }),
  {
    verdict: 'direct',
    answeredBy: 'peer',
  },
)
for (const listener of ['outbound', 'inbound'] as const) {
  const own = { address: '127.0.0.1', port: 15001 }
  proves(
    `direct: the ${listener} listener's own port is dialled, with or without an entry of connection tracking`,
    facts({ hops: [hop(listener, { local: own, dialled: own })] }),
    {
      verdict: 'direct',
      answeredBy: `envoy-${listener}`,
    },
  )
  proves(
    `direct: the ${listener} listener's port, tracked but not translated`,
    facts({ hops: [hop(listener, { local: own, dialled: own, originalDestination: own })] }),
    {
      verdict: 'direct',
      answeredBy: `envoy-${listener}`,
    },
  )
}
for (const answeredBy of ['app', 'envoy-admin', 'envoy-metrics', 'envoy-probe'] as const)
  proves(`direct: answered by ${answeredBy}`, facts({ hops: [hop(answeredBy)] }), { verdict: 'direct', answeredBy })
proves('direct: a datagram whose answer is lost', facts({ protocol: 'udp', outcome: pending, hops: [hop('peer')] }), {
  verdict: 'direct',
  answeredBy: 'peer',
  answered: false,
  notes: ['it arrived, but the answer to it was lost'],
})

proves('translated: another endpoint witnessed it', facts({ hops: [hop('peer', { local: elsewhere })] }), {
  verdict: 'translated',
  answeredBy: 'peer',
  translatedTo: elsewhere,
})
proves('translated: another port alone', facts({ hops: [hop('app', { local: { ...dialled, port: 81 } })] }), {
  verdict: 'translated',
  answeredBy: 'app',
  translatedTo: { ...dialled, port: 81 },
})

proves('refused by the pod: RST that no peer can have sent', facts({ outcome: failed('ECONNREFUSED') }), {
  verdict: 'refused',
  refusedBy: 'pod',
})
proves('refused by a peer: it saw the packet', facts({ outcome: failed('ECONNREFUSED'), seenByPeer: true }), {
  verdict: 'refused',
  refusedBy: 'peer',
})
proves(
  'refused by the pod: ICMP of its own, though a peer saw an earlier packet',
  facts({ outcome: failed('ECONNREFUSED', '10.244.0.5'), seenByPeer: true }),
  {
    verdict: 'refused',
    refusedBy: 'pod',
  },
)
for (const [who, seenByPeer] of [
  ['peer', true],
  ['pod', false],
] as const) {
  proves(
    `refused by the ${who}: ICMP that seems to come from the dialled address, as a translated one does`,
    facts({ outcome: failed('ECONNREFUSED', '203.0.113.10'), seenByPeer }),
    {
      verdict: 'refused',
      refusedBy: who,
    },
  )
}
for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EPROTO', 'ENOPROTOOPT']) {
  proves(`refused: ${code} with the address of who said so`, facts({ outcome: failed(code, '10.244.0.1') }), {
    verdict: 'refused',
    refusedBy: 'peer',
  })
  undecided(
    `${code} that nobody sent, as where there is no route`,
    facts({ outcome: failed(code) }),
    new RegExp(`could not be sent: ${code}`),
  )
}
for (const code of ['EADDRINUSE', 'EADDRNOTAVAIL', 'EINVAL', 'ETIMEDOUT', 'socket(ipv4 tcp): EMFILE'])
  undecided(
    `the probe failed with ${code}`,
    facts({ outcome: failed(code), sentinelPassed: true }),
    /could not be sent/,
  )

proves(
  'dropped: unanswered, seen by nobody, and a sentinel came through',
  facts({ outcome: pending, sentinelPassed: true }),
  {
    verdict: 'dropped',
  },
)
proves(
  'dropped: a peer saw it, so the answer is what was lost',
  facts({ outcome: pending, sentinelPassed: true, seenByPeer: true }),
  {
    verdict: 'dropped',
    notes: ['a peer saw the packet; its answer was lost'],
  },
)
proves('dropped: the kernel said so', facts({ protocol: 'udp', outcome: failed('EPERM') }), {
  verdict: 'dropped',
  notes: ['the kernel refused to send it (EPERM)'],
})
undecided('silence alone', facts({ outcome: pending }), /no sentinel has come through/)
undecided('silence alone, though a peer saw it', facts({ outcome: pending, seenByPeer: true }), /no sentinel/)
undecided('answered, but seen by nobody yet', facts({ sentinelPassed: false }), /no receiver that we know has seen it/)
undecided(
  'a datagram that nobody has seen is not answered',
  facts({ protocol: 'udp', sentinelPassed: true }),
  /no receiver that we know/,
)
proves(
  'dropped: rules have sent a datagram where no route leads from here, and the kernel does not send it',
  facts({ protocol: 'udp', outcome: { state: 'failed', code: 'EINVAL', isUnsent: true } }),
  { verdict: 'dropped', notes: ['the kernel refused to send it (EINVAL)'] },
)
undecided(
  'what cannot be dialled at all',
  facts({ protocol: 'udp', outcome: { state: 'failed', code: 'EINVAL' } }),
  /the probe could not be sent: EINVAL/,
)
proves(
  'dropped: answered, and by the time that sentinels are through nobody has accepted it',
  facts({ sentinelPassed: true }),
  {
    verdict: 'dropped',
    notes: ['the sender was answered, but what it said to that was lost: nobody has accepted the connection'],
  },
)
undecided(
  'silence, and somebody got what nobody knows the sender of',
  facts({ outcome: pending, sentinelPassed: true, hasStranger: true }),
  /under another name/,
)
undecided('answered, and so', facts({ sentinelPassed: true, hasStranger: true }), /under another name/)
t.test('a source port of its own choice that somebody has is a mistake of who chose it', async (t) => {
  const outcome = failed('bind 0.0.0.0 port 8080: EADDRINUSE')
  const { plan, ...rest } = facts({ outcome })
  const input = { fault: 'input', message: 'it cannot be sent from port 8080, as it asks to: somebody listens there' }
  t.throws(() => judgeFlow({ ...rest, plan: { ...plan, source: { port: 8080 }, alone: true } }), input)
  t.throws(() => judgeFlow({ ...rest, plan: { ...plan, source: { port: 8080 } } }), { message: /could not be sent/ })
})

proves(
  'looped: the same listener again, whatever its first hop was',
  facts({ hops: [captured, hop('looped', { local: outbound })] }),
  {
    verdict: 'looped',
    listener: 'outbound',
  },
)
proves(
  'looped: by way of both listeners',
  facts({
    hops: [
      captured,
      hop('inbound', { local: inbound, originalDestination: dialled, identity: proxy }),
      hop('looped', { local: inbound }),
    ],
  }),
  { verdict: 'looped', listener: 'inbound' },
)

t.test('what was not seen arriving has a journey of one station', async (t) => {
  t.strictSame(judgeFlow(facts({ outcome: failed('ECONNREFUSED') })).journey, [
    { at: 'refused', dialled, identity: app },
  ])
  t.strictSame(judgeFlow(facts({ outcome: pending, sentinelPassed: true })).journey, [
    { at: 'dropped', dialled, identity: app },
  ])
})

t.test('what was seen keeps its hops in their order', async (t) => {
  const hops = [captured, hop('inbound', { local: inbound, originalDestination: dialled }), hop('app')]
  t.strictSame(judgeFlow(facts({ hops })).journey, hops)
})

undecided(
  'two ends that are still talking, and nothing has been lost',
  facts({ hops: [hop('peer')], sentinelPassed: true, conversation: { silent: true } }),
  /have not finished talking/,
)

t.test('two ends that could not talk are a note, never another verdict', async (t) => {
  const { verdict, notes } = judgeFlow(
    facts({ hops: [captured, hop('peer')], conversation: { error: 'the server hung up' } }),
  )
  t.equal(verdict, 'redirected')
  t.strictSame(notes, ['the two ends could not talk: the server hung up'])
})
