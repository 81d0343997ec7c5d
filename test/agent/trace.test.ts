import t from 'tap'
import { ofFirstPacket } from '../../harness/agent/trace/first-packet.ts'
import { readLog } from '../../harness/agent/trace/legacy-trace.ts'
import { placesOf } from '../../harness/agent/trace/nft-rules.ts'
import { NftDecoder } from '../../harness/agent/trace/nft-trace.ts'
import { readKey, type Traced } from '../../harness/agent/trace/traced.ts'
import { listed, logged, nftTraced, tcpHeaders } from './trace-messages.ts'

const packet = { protocol: 'tcp', sourcePort: 20000 } as const
const places = placesOf([listed('OUTPUT', 9), listed('A', 4), listed('OUTPUT', 3), listed('A', 12)])

t.test('a handle stands for a place in its chain, whatever handles are around it', async (t) => {
  t.same(
    [...places],
    [
      ['2 nat 9', { chain: 'OUTPUT', rule: 1 }],
      ['2 nat 4', { chain: 'A', rule: 1 }],
      ['2 nat 3', { chain: 'OUTPUT', rule: 2 }],
      ['2 nat 12', { chain: 'A', rule: 2 }],
    ],
  )
})

t.test(
  'messages of one walk belong to the packet whose headers came first, though walks are mixed and ids come again',
  async (t) => {
    const decoder = new NftDecoder(places)
    const read = (...given: Parameters<typeof nftTraced>[0][]) => given.map((one) => decoder.read(nftTraced(one)))
    t.match(
      read(
        { id: 1, chain: 'OUTPUT', handle: 3, port: 20000 },
        { id: 2, chain: 'OUTPUT', handle: 9, port: 20001 },
        { id: 1, chain: 'A', handle: 12 },
        { id: 1, chain: 'OUTPUT', handle: 9, port: 20002 },
        { id: 1, chain: 'A', handle: 4 },
      ),
      [
        { packet, hook: 'OUTPUT', table: 'nat', chain: 'OUTPUT', rule: 2 },
        { packet: { sourcePort: 20001 }, chain: 'OUTPUT', rule: 1 },
        { packet, hook: 'OUTPUT', chain: 'A', rule: 2 },
        { packet: { sourcePort: 20002 }, rule: 1 },
        { packet: { sourcePort: 20002 }, chain: 'A', rule: 1 },
      ],
    )
    t.same(
      read({ id: 7, chain: 'A', handle: 4 }, { id: 8, chain: 'OUTPUT', port: 20000 }),
      [undefined, undefined],
      'no headers; no rule',
    )
  },
)

t.test('a rule that is not listed is not guessed', async (t) => {
  const decoder = new NftDecoder(places)
  t.throws(() => decoder.read(nftTraced({ id: 1, chain: 'OUTPUT', handle: 5, port: 20000 })), {
    message: /rule of nat OUTPUT that it does not list/,
  })
})

t.test('iptables-legacy names chain and rule, and its ends are marked', async (t) => {
  t.match(readLog(logged('TRACE: nat:OSM:X:rule:5 ', 20000)), {
    packet,
    hook: 'OUTPUT',
    table: 'nat',
    chain: 'OSM:X',
    rule: 5,
  })
  t.match(readLog(logged('TRACE: nat:A:return:2 ', 20000)), { chain: 'A', rule: 2, mayBeEnd: true })
  t.match(readLog(logged('TRACE: filter:OUTPUT:policy:1 ', 20000)), { table: 'filter', rule: 1, mayBeEnd: true })
  t.equal(readLog(logged('somebody else: nat:A:rule:1 ', 20000)), undefined)
})

t.test('what is sent again is left out', async (t) => {
  const at = (hook: Traced['hook'], table: string, chain: string, rule: number): Traced => ({
    packet,
    hook,
    table,
    chain,
    rule,
  })
  const once = [
    at('OUTPUT', 'nat', 'OUTPUT', 1),
    at('OUTPUT', 'nat', 'A', 1),
    at('OUTPUT', 'nat', 'OUTPUT', 2),
    at('OUTPUT', 'nat', 'A', 1),
  ]
  const behind = [at('POSTROUTING', 'mangle', 'POSTROUTING', 1)]
  t.same(ofFirstPacket([...once, ...behind]), [...once, ...behind], 'a chain may be entered twice')
  t.same(ofFirstPacket([...once, ...once]), once, 'the same walk, right behind itself')
  t.same(ofFirstPacket([...once, ...behind, ...behind]), [...once, ...behind], 'a later hook alone')
  t.same(ofFirstPacket([...once, ...behind, ...once]), [...once, ...behind], 'the same walk, later')
})

t.test('packets behind the first are told from it, and all by the port of whoever began', async (t) => {
  const [client, server] = [20000, 80]
  const key = (from: number, to: number, flags: number) => {
    const { network, transport } = tcpHeaders(from, to, flags)
    return readKey(2, network, transport)
  }
  t.match(key(client, server, 0x02), { protocol: 'tcp', sourcePort: client })
  t.match(key(server, client, 0x12), { protocol: 'tcp', sourcePort: client, stage: 'answer' }, 'it is taken')
  t.match(key(server, client, 0x14), { protocol: 'tcp', sourcePort: client, stage: 'answer' }, 'it is refused')
  t.match(key(client, server, 0x10), { protocol: 'tcp', sourcePort: client, stage: 'acknowledgement' })
  const echo = (type: number) =>
    readKey(2, Buffer.alloc(20).fill(1, 9, 10), Buffer.from([type, 0, 0, 0, client >> 8, client & 0xff, 0, 1]))
  const way = `icmp 0.0.0.0 ${client} 0.0.0.0 0`
  t.same(echo(8), { protocol: 'icmp', sourcePort: client, way })
  t.same(echo(0), { protocol: 'icmp', sourcePort: client, way, stage: 'answer' }, 'an echo reply')
})
