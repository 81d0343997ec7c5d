import t from 'tap'
import type { Box } from '../../harness/classes/boxes/frame.ts'
import { classOf } from '../../harness/classes/class-of.ts'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { plainestOf } from '../../harness/classes/witness.ts'
import { domainOf } from '../../harness/netfilter/field.ts'
import { IntervalSet } from '../../harness/netfilter/interval-set.ts'
import type { ConcreteFlow, Origin } from '../../harness/flow/flow.ts'
import { namedCredentials } from '../../harness/flow/identity.ts'
import { fromFreePort } from '../../harness/gate/classes/free-port.ts'
import { Driving } from '../../harness/gate/driving/drive.ts'
import { openSandbox } from '../sandbox/open.ts'
import { addresses, profile, restoreText, worldIn } from './worlds.ts'

const sandbox = await openSandbox(t)
const texts = [restoreText('ipv4', '*filter', '-A OUTPUT -o eth0 -j ACCEPT', 'COMMIT', '')]
const [text] = texts
const world = text && worldIn(text)
if (world === undefined) throw new TypeError('rules that can be read')

const pod: Origin = { kind: 'pod' }
const outside: Origin = { kind: 'peer', interface: 'eth0' }
const onBridge: Origin = { kind: 'peer', interface: 'br0' }

function flow(origin: Origin, from: number, address: string, port: number, others: Partial<ConcreteFlow> = {}) {
  const credentials = namedCredentials[origin.kind === 'pod' ? 'app' : 'remote']
  const source = { port: from }
  const destination = { address, port }
  return { credentials, origin, protocol: 'tcp', family: 'ipv4', destination, source, ...others } as ConcreteFlow
}

/** A class of flows that may come from these ports. */
const from = (...ports: readonly number[]): Box => ({
  frame: { family: 'ipv4', origin: pod, protocol: 'tcp' },
  in: {
    sport: IntervalSet.from(
      domainOf('sport', 'ipv4'),
      ports.map((port) => ({ first: port, last: port })),
    ),
  },
})

t.test('a connection is not sent from a port that is taken, and is from any other: the kernel says so', async (t) => {
  const flows = [
    flow(pod, 15003, '203.0.113.10', 80),
    flow(pod, 15004, '203.0.113.10', 80),
    flow(pod, 80, '10.244.0.5', 80),
    flow(pod, 80, '127.0.0.1', 80, { source: { address: '10.244.0.5', port: 80 } }),
    flow(pod, 80, '203.0.113.10', 80),
    flow(pod, 40000, '10.244.0.5', 80),
    flow(outside, 80, '10.244.0.5', 80),
    flow(onBridge, 80, '10.244.0.5', 80),
    flow(outside, 15003, '10.244.0.5', 80),
    flow(outside, 80, '172.30.0.2', 80),
    flow(onBridge, 80, '203.0.113.10', 80),
    flow(onBridge, 81, '203.0.113.10', 80),
  ]
  const seen: string[] = []
  for (const own of flows) {
    const driving = new Driving(Promise.resolve(sandbox), 1, new AbortController().signal)
    const asked = driving.ask({ flows: [own], texts, profile, addresses, backend: 'nft', source: 'literal' })
    const [answer] = (await asked).flows
    await driving.left()
    const isSent = answer !== undefined && 'observed' in answer.result
    seen.push(isSent ? 'sent' : 'not')
    const name = `${JSON.stringify(own.origin)} ${own.protocol} ${own.source?.port} ${own.destination.address}`
    t.equal(fromFreePort(own, from(own.source?.port ?? 0), [world]) !== undefined, isSent, name)
  }
  t.same(seen, ['not', 'sent', 'not', 'not', 'sent', 'sent', 'sent', 'sent', 'sent', 'not', 'not', 'sent'])
})

t.test('of a class one is taken from a port that is free', async (t) => {
  const taken = flow(pod, 15003, '203.0.113.10', 80)
  const portOf = (own: ConcreteFlow, ...ports: readonly number[]) =>
    fromFreePort(own, from(...ports), [world])?.source?.port
  t.equal(portOf(taken, 15003, 15010, 22), 22)
  t.equal(portOf(taken, 15003, 15010, 40000), 40000)
  t.equal(portOf(taken, 15003), undefined)
  t.equal(portOf(flow(pod, 80, '10.244.0.5', 80), 80, 81), 81)
  t.equal(portOf(flow(pod, 15003, '203.0.113.10', 80, { raw: 16 }), 15003), 15003, 'a raw socket takes no port')
})

t.test('flows from ports of the proxy are none to compare, wherever else a port is asked for', async (t) => {
  const asked = worldIn(restoreText('ipv4', '*filter', '-A OUTPUT -p tcp --sport 22 -j DROP', 'COMMIT', ''))
  if (asked === undefined) throw new TypeError('rules that can be read')
  const has = (port: number, boxes: readonly Box[]) =>
    Object.fromEntries(
      boxes.map(({ frame: { origin, protocol, raw }, in: { sport } }) => [
        [origin.kind, protocol, ...(raw === undefined ? [] : ['alone'])].join(' '),
        sport?.contains(port),
      ]),
    )
  const space = (sendable: boolean) => spaceOf([asked], { families: ['ipv4'], sendable, segments: true })
  t.match(has(15003, space(true)), { 'pod tcp': false, 'pod udp': true, 'peer tcp': true })
  t.match(has(15003, space(false)), { 'pod tcp': true })
  t.match(has(22, space(true)), { 'pod tcp': true })
  const single = space(true).find(({ frame: { origin, protocol } }) => origin.kind === 'pod' && protocol === 'tcp')
  if (single === undefined) return t.fail('a box of connections')
  const { witness } = classOf(plainestOf(single, asked), single, [asked])
  t.equal(witness.source?.port, 40000, 'all but port 22 are one class')
  const free = worldIn(restoreText('ipv4', '*filter', '-A OUTPUT -p tcp --sport 0:65535 -j DROP', 'COMMIT', ''))
  if (free === undefined) throw new TypeError('rules that can be read')
  t.equal(classOf(plainestOf(single, free), single, [free]).witness.source, undefined, 'where any port will do, none')
})
