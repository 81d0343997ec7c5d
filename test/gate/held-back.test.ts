import t from 'tap'
import type { Change } from '../../harness/gate/changes/change.ts'
import { type Held, portOf, type Witness } from '../../harness/gate/classes/witness.ts'
import { confirmedByAll } from '../../harness/gate/driving/flow-changes.ts'
import { byConfirmed } from '../../harness/gate/driving/held-back.ts'
import type { Pair } from '../../harness/gate/driving/options.ts'
import type { Observed } from '../../harness/flow/verdict.ts'
import { namedCredentials } from '../../harness/flow/identity.ts'

const credentials = namedCredentials.app
/** Whatever else a pair has, its witnesses are told by these. */
const pair = {
  config: { name: 'default', config: {}, podAnnotations: {} },
  backends: { baseline: 'nft', candidate: 'nft' },
  made: { baseline: { profile: { proxy: namedCredentials.root } } },
} as unknown as Pair

const received = (address: string, local: string): Observed => ({
  verdict: 'redirected',
  listener: 'inbound',
  journey: [
    { at: 'inbound', local: { address: local, port: 15_006 }, dialled: { address, port: 80 }, identity: credentials },
  ],
})
/** Of a flow to an address, from a port of an address of its own if it names one. */
const witness = (address: string, way: string, source?: string): Held => ({
  flow: {
    credentials,
    origin: { kind: 'pod' },
    protocol: 'udp',
    family: 'ipv4',
    destination: { address, port: 80 },
    ...(source && { source: { address: source, port: 7000 } }),
  },
  why: 'apart',
  difference: {
    way,
    fares: 'one end',
    predicted: { baseline: received(address, '127.0.0.1'), candidate: received(address, address) },
  },
})
const change = { id: 'one', effect: 'moved', before: 'as one', after: 'as another' } as Change
const judged = (held: readonly Held[], confirmed: Map<string, Change | undefined>, taken: readonly Held[] = []) =>
  byConfirmed('osm', { pair, held }, confirmed, new Set(taken.map(portOf)))
const to = (witnesses: readonly Witness[]) => witnesses.map(({ flow }) => flow.destination.address)

t.test('who is held back is told by what becomes of himself', async (t) => {
  const { like, next, unsent } = judged([witness('10.245.0.5', 'known')], new Map([['known', change]]))
  t.match(like, [
    {
      like: 'one',
      effect: 'moved',
      subject: 'app (1000:1000) → UDP 10.245.0.5:80',
      before: 'redirected to inbound (at 127.0.0.1:15006, dialled 10.245.0.5:80)',
      after: 'redirected to inbound (at 10.245.0.5:15006, dialled 10.245.0.5:80)',
    },
  ])
  t.same([next.sent, next.held, unsent], [[], [], 0])
})

t.test('all are sent where the kernel and the model differ', async (t) => {
  const held = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => witness(address, 'doubtful'))
  const { like, next } = judged(held, new Map([['doubtful', undefined]]))
  t.same([like, to(next.sent), next.held], [[], ['10.0.0.1', '10.0.0.2', '10.0.0.3'], []])
})

t.test('where a port was taken, those from elsewhere stand for the rest, and none is sent from there', async (t) => {
  const from = (source: string, last: readonly number[]) =>
    last.map((part) => witness(`10.0.0.${part}`, 'untried', source))
  const held = [...from('10.244.0.5', [1, 2, 3]), ...from('127.0.0.1', [4, 5, 6, 7])]
  const { like, next, unsent } = judged(held, new Map(), from('10.244.0.5', [9]))
  t.same([like, unsent], [[], 3])
  t.equal(next.sent.length + next.held.length, 4)
  t.ok(next.sent.length < next.held.length + 1)
  const nowhere = judged(next.held, new Map(), from('127.0.0.1', [4]))
  t.same([nowhere.unsent, nowhere.next], [next.held.length, { sent: [], held: [] }], 'and it comes to an end')
})

t.test('what one backend shows speaks for the others, unless one saw otherwise', async (t) => {
  const another = { ...change, id: 'another' }
  const together = confirmedByAll([
    new Map([
      ['both', change],
      ['one', change],
      ['doubtful', change],
    ]),
    new Map([
      ['both', another],
      ['other', another],
      ['doubtful', undefined],
    ]),
  ])
  t.same(
    [...together].map(([way, told]) => [way, told?.id]),
    [
      ['both', 'one'],
      ['one', 'one'],
      ['doubtful', undefined],
      ['other', 'another'],
    ],
  )
})
