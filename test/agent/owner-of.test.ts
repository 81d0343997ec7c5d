import t from 'tap'
import { Batch } from '../../harness/agent/drive/batch.ts'
import { ownerOf } from '../../harness/agent/drive/owner-of.ts'
import { wayOf } from '../../harness/agent/way.ts'
import type { AddressPort } from '../../harness/core/address.ts'
import { facts, proxy } from './facts.ts'

const pod = '10.244.0.5'
const server = { address: '10.96.0.10', port: 53 }

/** Whose a datagram is, where one flow was sent and the proxy has dialled on for it. */
function owner(source: AddressPort, dial: AddressPort, sender: AddressPort, receiver: AddressPort): string {
  const { plan } = facts({ protocol: 'udp' })
  const batch = new Batch([{ key: 1, plan, source }], proxy)
  const outcome = { state: 'pending' } as const
  batch.hear({ event: 'dialled', pod: 'pod1', parent: source, source: dial, dialled: server, outcome })
  const way = wayOf('udp', sender, receiver)
  const packet = { protocol: 'udp', sourcePort: sender.port, way, ends: { sender, receiver } } as const
  const { sourcePort, stage = 'first' } = ownerOf({ packet, hook: 'INPUT', table: 'filter' }, batch)
  return `${sourcePort} ${stage}`
}

t.test('a datagram is told from an answer by its addresses, where both ports are those of flows', async (t) => {
  const dial = { address: pod, port: 33_000 }
  for (const address of [pod, '0.0.0.0']) {
    const own = { address, port: 53 }
    t.equal(owner(own, dial, { address: pod, port: 53 }, server), '53 first', 'both ports are one')
    t.equal(owner({ address: pod, port: 53 }, dial, server, { address: pod, port: 53 }), '53 answer')
    t.equal(owner(own, dial, dial, server), '33000 first', "the proxy's dial to a port that is the flow's own")
    t.equal(owner(own, dial, server, dial), '33000 answer')
  }
})

t.test('of one to itself, or where the route chooses the address, it is the first', async (t) => {
  const dial = { address: pod, port: 33_000 }
  t.equal(owner({ address: '0.0.0.0', port: 53 }, dial, server, { address: pod, port: 53 }), '53 first')
  t.equal(owner({ address: pod, port: 53 }, dial, { address: pod, port: 53 }, { address: pod, port: 53 }), '53 first')
  t.equal(owner({ address: pod, port: 4000 }, dial, server, { address: pod, port: 4000 }), '4000 answer')
})

t.test('what is renamed by its way is no answer, whoever else sends from the port that it goes to', (t) => {
  const own = { address: '0.0.0.0', port: 4000 }
  const sender = { address: pod, port: 7777 }
  const { plan } = facts({ protocol: 'udp' })
  const batch = new Batch(
    [
      { key: 1, plan: { ...plan, destination: { address: pod, port: 53 } }, source: own },
      { key: 2, plan: { ...plan, destination: server }, source: { address: pod, port: 53 } },
    ],
    proxy,
  )
  const receiver = { address: pod, port: 53 }
  batch.rename('udp', sender, receiver, own.port)
  const packet = { protocol: 'udp', sourcePort: 7777, way: wayOf('udp', sender, receiver), ends: { sender, receiver } }
  const { sourcePort, stage = 'first' } = ownerOf(
    { packet: { ...packet, protocol: 'udp' }, hook: 'INPUT', table: 'filter' },
    batch,
  )
  t.equal(`${sourcePort} ${stage}`, '4000 first')
  t.end()
})
