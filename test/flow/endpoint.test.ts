import t from 'tap'
import { type AddressBook, formatEndpoint, resolveEndpoint } from '../../harness/flow/endpoint.ts'

const book: AddressBook = {
  pod: (name, family) => `pod ${name} ${family}`,
  peer: (name, family) => `peer ${name} ${family}`,
}

t.test('an endpoint as it is written', async (t) => {
  t.equal(formatEndpoint({ kind: 'pod', interface: 'eth0', port: 8080 }), 'pod:8080')
  t.equal(formatEndpoint({ kind: 'peer', interface: 'net1', port: 80 }), 'peer.net1:80')
  t.equal(formatEndpoint({ kind: 'pod', interface: 'net1', port: 0 }), 'pod.net1')
  t.equal(formatEndpoint({ kind: 'lo', port: 80 }), 'lo:80')
  t.equal(formatEndpoint({ kind: 'literal', family: 'ipv6', address: '2001:db8::1', port: 80 }), '[2001:db8::1]:80')
})

t.test('a symbol stands for one address of each family', async (t) => {
  t.same(resolveEndpoint({ kind: 'lo', port: 80 }, 'ipv4', book), { address: '127.0.0.1', port: 80 })
  t.same(resolveEndpoint({ kind: 'lo', port: 80 }, 'ipv6', book), { address: '::1', port: 80 })
  t.same(resolveEndpoint({ kind: 'pod', interface: 'net1', port: 80 }, 'ipv6', book), {
    address: 'pod net1 ipv6',
    port: 80,
  })
  t.same(resolveEndpoint({ kind: 'peer', interface: 'eth0', port: 0 }, 'ipv4', book), {
    address: 'peer eth0 ipv4',
    port: 0,
  })
})

t.test('a literal is of its own family alone', async (t) => {
  const literal = { kind: 'literal', family: 'ipv4', address: '203.0.113.10', port: 80 } as const
  t.same(resolveEndpoint(literal, 'ipv4', book), { address: '203.0.113.10', port: 80 })
  t.equal(resolveEndpoint(literal, 'ipv6', book), undefined)
})
