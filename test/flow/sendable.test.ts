import t from 'tap'
import { familyOf } from '../../harness/core/address.ts'
import type { ConcreteFlow, Origin, Protocol } from '../../harness/flow/flow.ts'
import { unsendable } from '../../harness/flow/sendable.ts'

const pod: Origin = { kind: 'pod' }
const peer: Origin = { kind: 'peer', interface: 'eth0' }
const inner: Origin = { kind: 'inner' }
const addresses = {
  links: [
    {
      name: 'eth0',
      pod: { ipv4: '10.244.0.5/24', ipv6: 'fd00:10::5/64' },
      peer: { ipv4: '10.244.0.1/24', ipv6: 'fd00:10::1/64' },
    },
    {
      name: 'net1',
      pod: { ipv4: '10.245.0.5/30', ipv6: 'fd00:11::5/64' },
      peer: { ipv4: '10.245.0.6/30', ipv6: 'fd00:11::1/64' },
    },
  ],
  inner: { bridge: 'br0', bridgeAddress: '172.30.0.1', address: '172.30.0.2', prefix: 24 },
  loopback: ['::6'],
}

function wrong(origin: Origin, destination: string, source?: string, protocol: Protocol = 'tcp'): string | undefined {
  const flow: ConcreteFlow = {
    credentials: { uid: 1000, gid: 1000, groups: [] },
    origin,
    protocol,
    family: familyOf(destination) ?? 'ipv4',
    destination: { address: destination, port: 80 },
    ...(source !== undefined && { source: { address: source } }),
  }
  const found = unsendable(flow, addresses)
  return found && `${found.end}: ${found.why}`
}

t.test('destinations that no flow goes to, whoever sends it', async (t) => {
  const refused: readonly [address: string, why: RegExp][] = [
    ['0.0.0.0', /the kernel takes loopback in its place/],
    ['::', /the kernel takes loopback in its place/],
    ['255.255.255.255', /broadcast/],
    ['10.244.0.255', /broadcast/],
    ['10.245.0.7', /broadcast/],
    ['172.30.0.255', /broadcast/],
    ['127.255.255.255', /broadcast/],
    ['224.0.0.1', /multicast/],
    ['239.255.255.255', /multicast/],
    ['ff02::1', /multicast/],
    ['fe80::1', /one link/],
    ['febf::1', /one link/],
  ]
  for (const origin of [pod, peer, inner])
    for (const [address, why] of refused)
      t.match(wrong(origin, address, undefined, 'udp'), why, `${origin.kind} ${address}`)
  for (const address of ['203.0.113.255', '10.245.0.255', '240.0.0.1', '0.0.0.1', 'fd00:10::', 'fec0::1', '::2'])
    for (const origin of [pod, peer]) t.equal(wrong(origin, address), undefined, `${origin.kind} ${address}`)
})

t.test('a loopback address is for the pod itself', async (t) => {
  for (const address of ['127.0.0.1', '127.8.8.8', '::1']) {
    t.equal(wrong(pod, address), undefined)
    for (const origin of [peer, inner])
      t.match(wrong(origin, address), /nothing from outside is sent there/, `${origin.kind} ${address}`)
  }
})

t.test('the pod sends from its own addresses, and from loopback to itself', async (t) => {
  for (const source of ['10.244.0.5', '10.245.0.5', '172.30.0.1'])
    t.equal(wrong(pod, '203.0.113.10', source), undefined, source)
  for (const source of ['fd00:10::5', '::1', '::6']) t.equal(wrong(pod, '2001:db8::1', source), undefined, source)
  for (const to of ['127.0.0.1', '10.245.0.5', '172.30.0.1']) t.equal(wrong(pod, to, '127.0.0.6'), undefined, to)
  t.match(
    wrong(pod, '203.0.113.10', '127.0.0.6'),
    /^source: 127\.0\.0\.6 is a loopback address, and the kernel sends nothing out/,
  )
  t.match(wrong(pod, '203.0.113.10', '203.0.113.9'), /^source: 203\.0\.113\.9 is none of the pod's addresses/)
  t.match(wrong(pod, '203.0.113.10', '0.0.0.0'), /^source: .* before it is bound/)
  for (const source of ['224.0.0.1', '255.255.255.255'])
    t.match(wrong(pod, '203.0.113.10', source), /no host's address/)
})

t.test('others send from whatever is neither theirs alone nor the pod own', async (t) => {
  for (const source of ['198.51.100.7', '10.244.0.1', '172.30.0.2'])
    t.equal(wrong(peer, '10.244.0.5', source), undefined, source)
  t.match(wrong(peer, '10.244.0.5', '127.0.0.1'), /the kernel sends nothing out from there/)
  t.equal(wrong(peer, 'fd00:10::5', '::1'), undefined, 'IPv6 leaves that to whom it reaches')
  for (const source of ['10.244.0.5', '10.245.0.5']) t.match(wrong(peer, '10.244.0.5', source), /the pod's own address/)
  for (const source of ['10.244.0.255', '224.0.0.1']) t.match(wrong(peer, '10.244.0.5', source), /no host's address/)
  t.equal(wrong(inner, '203.0.113.10', '172.30.0.2'), undefined)
  t.match(wrong(inner, '203.0.113.10', '172.30.0.3'), /not the address of the namespace behind the bridge/)
})
