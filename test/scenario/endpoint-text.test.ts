import t from 'tap'
import { parseEndpoint } from '../../harness/scenario/endpoint-text.ts'
import { formatEndpoint } from '../../harness/flow/endpoint.ts'

t.test('what is read is written the same way', async (t) => {
  for (const text of [
    '203.0.113.10:80',
    '[2001:db8::1]:80',
    'pod:8080',
    'pod.net1:8080',
    'peer:1',
    'peer.net2:65535',
    'lo:53',
  ]) {
    t.equal(formatEndpoint(parseEndpoint(text, true)), text)
  }
  for (const text of ['203.0.113.10', '2001:db8::1', 'pod', 'peer.net1', 'lo'])
    t.equal(formatEndpoint(parseEndpoint(text, false)), text)
})

t.test('a literal knows its family, an IPv4-mapped one is IPv4', async (t) => {
  t.match(parseEndpoint('[2001:DB8:0::1]:80', true), {
    kind: 'literal',
    family: 'ipv6',
    address: '2001:db8::1',
    port: 80,
  })
  t.match(parseEndpoint('[::ffff:203.0.113.10]:80', true), { family: 'ipv4', address: '203.0.113.10' })
})

const refused: [text: string, withPort: boolean, why: RegExp][] = [
  ['203.0.113.10', true, /'203\.0\.113\.10' needs a port/],
  ['203.0.113.10:0', true, /needs a port between 1 and 65535/],
  ['pod:65536', true, /needs a port between 1 and 65535/],
  ['pod', true, /needs a port/],
  ['2001:db8::1', true, /needs a port/],
  ['203.0.113.10:80', false, /has a port, but ICMP has none/],
  ['pod:80', false, /has a port, but ICMP has none/],
  ['203.0.113.256:80', true, /is no endpoint/],
  ['example.org:80', true, /is no endpoint/],
  ['lo.net1:80', true, /is no endpoint/],
  ['pod.:80', true, /is no endpoint/],
  ['[fe80::1%eth0]:80', true, /is no endpoint/],
  ['203.0.113.10:http', true, /is no endpoint/],
  ['', true, /is no endpoint/],
]

t.test('what is no endpoint is refused with a reason', async (t) => {
  for (const [text, withPort, why] of refused) t.throws(() => parseEndpoint(text, withPort), why, text)
})
