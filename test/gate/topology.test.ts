import t from 'tap'
import type { Family } from '../../harness/core/address.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { topologyFor } from '../../harness/gate/compared/topology.ts'
import { payload } from '../sandbox/literal-pod.ts'

const text = (family: Family, ...nat: readonly string[]) =>
  ({ form: 'restore', family, payload: payload({ nat }) }) as const

function shape(...texts: RuleText[]) {
  const { addresses, missing } = topologyFor(texts)
  const names = (isBehind: boolean): string =>
    addresses.links
      .filter(({ behind }) => (behind !== undefined) === isBehind)
      .map(({ name }) => name)
      .join()
  return [names(false), names(true), missing.join()]
}

const comesIn = (name: string): string => `-A PREROUTING -i ${name} -j RETURN`
const goesOut = (name: string): string => `-A OUTPUT -o ${name} -j RETURN`

t.test('what is asked of one interface is told apart by another one', (t) => {
  t.same(shape(text('ipv4', comesIn('eth0'))), ['eth0,net1', '', ''])
  t.same(shape(text('ipv4', comesIn('net7'), goesOut('net7'))), ['eth0,net7', '', ''])
  t.end()
})

t.test('an interface that no rule names is there where no other one stands for it', (t) => {
  const named = [comesIn('net7'), goesOut('net7')]
  const notFirst = '-A PREROUTING ! -i eth0 -j RETURN'
  t.same(shape(text('ipv4', ...named), text('ipv4', notFirst)), ['eth0,net1,net7', '', ''], 'eth0 is not, nor net7')
  t.same(shape(text('ipv4', ...named), text('ipv4', goesOut('eth0'))), ['eth0,net1,net7', '', ''])
  t.same(shape(text('ipv4', ...['net1', 'net2', 'eth0'].flatMap(goesOut))), ['eth0,net1,net2,net3', '', ''])
  t.same(shape(text('ipv4', goesOut('net+'), goesOut('eth0'))), ['eth0,net0,other0', '', ''])
  t.same(shape(text('ipv4', ...named, goesOut('lo'))), ['eth0,net7', '', ''], 'eth0 stands for it')
  t.end()
})

t.test('by what is named for what comes in alone, somebody sends past the pod', (t) => {
  t.same(shape(text('ipv4', comesIn('net7'))), ['eth0', 'net7', ''])
  t.same(shape(text('ipv4', comesIn('docker0'), goesOut('docker0'))), ['eth0', 'docker0', ''], 'a bridge by its name')
  t.same(shape(text('ipv4', comesIn('net7')), text('ipv4', goesOut('net7'))), ['eth0,net7', '', ''])
  t.same(shape(text('ipv4', comesIn('net7'), comesIn('br0'))), ['eth0', 'br0,net7', ''], 'each of them')
  t.same(shape(text('ipv6', comesIn('net7'))), ['eth0', 'net7', ''], 'in either family')
  const many = Array.from({ length: 9 }, (_, at) => `vm${at}`)
  t.same(
    shape(text('ipv4', ...many.map(comesIn)), text('ipv4', ...many.slice(0, -1).map(comesIn))),
    ['eth0', 'vm0,vm1,vm2,vm8', 'vm3,vm4,vm5,vm6,vm7'],
    'of many first those that one side lacks',
  )
  t.end()
})

t.test('where rules on the way in ask for an address of some range, the pod has one outside of it', (t) => {
  const asks = (range: string, chain = 'PREROUTING'): string =>
    `-A ${chain} -d ${range} -p tcp -j REDIRECT --to-ports 15003`
  t.same(shape(text('ipv4', asks('10.0.0.0/8'))), ['eth0', 'br0', ''])
  t.same(shape(text('ipv4', asks('10.244.0.5'))), ['eth0', 'br0', ''])
  t.same(shape(text('ipv6', asks('fd00:10::/64'))), ['eth0', 'br0', ''], 'in either family')
  t.same(shape(text('ipv4', '-N IN', '-A PREROUTING -j IN', asks('10.0.0.0/8', 'IN'))), ['eth0', 'br0', ''])
  t.same(shape(text('ipv4', asks('10.0.0.0/8', 'OUTPUT'))), ['eth0', '', ''], 'what the pod sends comes in nowhere')
  t.same(shape(text('ipv4', asks('127.0.0.1'), asks('203.0.113.0/24'))), ['eth0', '', ''], 'no address of a pod')
  t.end()
})

t.test('where rules tell what is forwarded from what is for the pod, somebody sends past it', (t) => {
  const filter = (family: Family, ...lines: readonly string[]) =>
    ({ form: 'restore', family, payload: `*filter\n${lines.join('\n')}\nCOMMIT\n` }) as const
  t.same(shape(filter('ipv4', '-A FORWARD -p udp -j DROP')), ['eth0', 'br0', ''])
  t.same(shape(filter('ipv4', ':FORWARD DROP [0:0]')), ['eth0', 'br0', ''])
  t.same(shape(filter('ipv4', ':FORWARD ACCEPT [0:0]')), ['eth0', '', ''], 'it tells nothing')
  t.same(shape(filter('ipv6', ':FORWARD DROP [0:0]')), ['eth0', 'br0', ''], 'in either family')
  t.same(
    shape(text('ipv4', '-A PREROUTING -p tcp -m addrtype --dst-type LOCAL -j ACCEPT')),
    ['eth0', 'br0', ''],
    'by the kind of address',
  )
  t.same(
    shape({
      ...{ form: 'restore', family: 'ipv4' },
      payload: '*mangle\n-A PREROUTING -p tcp -j TPROXY --on-port 15006 --tproxy-mark 1337\nCOMMIT\n',
    }),
    ['eth0', 'br0', ''],
    'by a mark that brings in what is for others',
  )
  t.same(shape(filter('ipv4', '-A FORWARD -j DROP'), text('ipv4', comesIn('docker0'))), ['eth0', 'docker0', ''])
  t.end()
})
