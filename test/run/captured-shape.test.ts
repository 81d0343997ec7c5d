import t from 'tap'
import type { CapturedPod } from '../../harness/flow/captured-pod.ts'
import { capturedShape, forwardingOf } from '../../harness/run/plan/captured-shape.ts'

const nothing: CapturedPod = { gateways: {}, sysctls: new Map(), users: new Map(), groups: new Map() }
const eth0 = { name: 'eth0', addresses: ['10.2.0.9/16', 'fd02::9/64'] }

t.test('the pod of a capture has its interfaces and addresses, and its gateway as peer', async (t) => {
  t.equal(capturedShape(nothing), undefined)
  t.equal(capturedShape({ ...nothing, interfaces: [{ name: 'eth0', addresses: [] }] }), undefined)
  const found = capturedShape({
    ...nothing,
    interfaces: [{ name: 'net1', addresses: ['10.9.0.1/24'] }, eth0],
    gateways: { ipv4: '10.2.0.1' },
  })
  t.same(found?.shape.links, [
    {
      name: 'eth0',
      pod: { ipv4: '10.2.0.9/16', ipv6: 'fd02::9/64' },
      peer: { ipv4: '10.2.0.1/16', ipv6: 'fd02::1/64' },
    },
    {
      name: 'net1',
      pod: { ipv4: '10.9.0.1/24', ipv6: 'fd00:11::5/64' },
      peer: { ipv4: '10.9.0.2/24', ipv6: 'fd00:11::1/64' },
    },
  ])
  t.same(found?.podIPs, ['10.2.0.9', 'fd02::9', '10.9.0.1'])
  t.same(found?.notes, [])
  const single = capturedShape({
    ...nothing,
    interfaces: [{ name: 'eth0', addresses: ['10.2.0.9/32', 'fd02::9/128'] }],
    gateways: { ipv4: '169.254.1.1' },
  })
  t.same(
    single?.shape.links[0]?.pod,
    { ipv4: '10.2.0.9/24', ipv6: 'fd02::9/64' },
    'a network of one address has no room for a peer',
  )
})

t.test('routes tell who stands behind which interface, and the addresses that are shown nowhere else', async (t) => {
  const route = (dev: string, destination?: string, more: { via?: string; src?: string; table?: number } = {}) => ({
    family: 'ipv4' as const,
    table: 254,
    dev,
    ...(destination !== undefined && { destination }),
    ...more,
  })
  const routes = [
    route('ens5', undefined, { via: '192.168.1.1' }),
    route('cni0', '10.244.0.0/24', { src: '10.244.0.1' }),
    route('cali1', '10.244.7.9/32'),
    route('flannel.1', '10.244.3.0/24', { via: '10.244.3.0' }),
    route('ens5', '192.168.1.0/24', { src: '192.168.1.10' }),
    route('ens6', '192.168.2.0/24', { src: '192.168.2.10' }),
    route('ens6', undefined, { via: '192.168.2.1', table: 100 }),
  ]
  const of = (...sysctls: [string, string][]) =>
    capturedShape({ ...nothing, routes, gateways: { ipv4: '192.168.1.1' }, sysctls: new Map(sysctls) })
  t.match(of()?.shape, {
    links: [
      { name: 'ens5', pod: { ipv4: '192.168.1.10/24' }, peer: { ipv4: '192.168.1.1/24' }, behind: undefined },
      { name: 'cni0', pod: { ipv4: '10.244.0.1/24' }, behind: [] },
      { name: 'cali1', peer: { ipv4: /^10\.244\.7\.9\// }, behind: ['10.244.7.9/32'] },
      { name: 'flannel.1', behind: ['10.244.3.0/24'] },
      { name: 'ens6', pod: { ipv4: '192.168.2.10/24' }, behind: undefined },
    ],
    forwards: ['ipv4', 'ipv6'],
  })
  t.same(of()?.podIPs, ['192.168.1.10', '10.244.0.1', '192.168.2.10'])
  t.same(of(['net.ipv6.conf.all.forwarding', '0'])?.shape.forwards, ['ipv4'])
  t.same(
    of(['net.ipv4.ip_forward', '0'], ['net.ipv6.conf.all.forwarding', '0'])?.shape.forwards,
    undefined,
    'a machine that forwards nothing',
  )
})

t.test('a network stands behind one interface, and the link-local one behind none', async (t) => {
  const six = (dev: string, destination: string) => ({ family: 'ipv6' as const, table: 254, dev, destination })
  const four = (dev: string, destination: string) => ({ ...six(dev, destination), family: 'ipv4' as const })
  const bridge = (name: string, address: string) => ({ name, addresses: [address] })
  const routes = [
    ...['eth0', 'docker0', 'cni0'].map((dev) => six(dev, 'fe80::/64')),
    four('docker0', '10.50.0.0/16'),
    // With a higher metric.
    four('cni0', '10.50.0.0/16'),
    six('cni0', 'fd00:50::/64'),
  ]
  const interfaces = [eth0, bridge('docker0', '172.17.0.1/16'), bridge('cni0', '10.42.1.1/24')]
  t.same(
    capturedShape({ ...nothing, interfaces, routes })?.shape.links.map(({ name, behind }) => [name, behind]),
    [
      ['eth0', undefined],
      ['docker0', ['10.50.0.0/16']],
      ['cni0', ['fd00:50::/64']],
    ],
  )
})

t.test('a capture may be of a machine that forwards, unless it shows that it does not', async (t) => {
  t.same(forwardingOf(undefined), {}, 'a pod of ours')
  t.same(forwardingOf({ pod: nothing }).mayForward, ['ipv4', 'ipv6'])
  const shown = new Map([
    ['net.ipv4.ip_forward', '0'],
    ['net.ipv6.conf.all.forwarding', '1'],
  ])
  t.same(forwardingOf({ pod: { ...nothing, sysctls: shown } }).mayForward, ['ipv6'])
})

t.test('what a pod here has otherwise is said', async (t) => {
  const sysctls = (...all: readonly (readonly [string, string])[]) => new Map(all)
  const of = (pod: Partial<CapturedPod>) => capturedShape({ ...nothing, interfaces: [eth0], ...pod })
  t.equal(of({ sysctls: sysctls(['net.ipv4.conf.all.route_localnet', '1']) })?.shape.routeLocalnet, true)
  t.equal(of({ sysctls: sysctls(['net.ipv4.conf.eth0.route_localnet', '1']) })?.shape.routeLocalnet, true)
  t.equal(of({ sysctls: sysctls(['net.ipv4.conf.all.route_localnet', '0']) })?.shape.routeLocalnet, undefined)
  t.same(
    of({ sysctls: sysctls(['net.ipv4.conf.all.accept_local', '1'], ['net.ipv4.conf.other.accept_local', '1']) })?.notes,
    ['not set up: net.ipv4.conf.all.accept_local = 1'],
  )
  t.same(of({ interfaces: [{ ...eth0, addresses: [...eth0.addresses, '10.3.0.9/16'] }] })?.notes, [
    'not set up: eth0 has 10.3.0.9 too',
  ])
  const many = Array.from({ length: 9 }, (_, index) => ({ name: `veth${index}`, addresses: [`10.${index}.0.1/24`] }))
  const few = of({ interfaces: [...many, eth0] })
  t.equal(few?.shape.links[0]?.name, 'eth0')
  t.match(few?.notes, [/^not set up: 4 more interfaces: veth/])
  t.equal(
    capturedShape({ ...nothing, interfaces: [...many, eth0] }, { named: new Set(['veth8']) })?.shape.links[1]?.name,
    'veth8',
  )
})
