import { BlockList } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import {
  addressBytes,
  addressFromBytes,
  canonicalAddress,
  familyOf,
  formatAddressPort,
  hostPrefix,
  isInPrefix,
  parseAddressPort,
  sameAddressPort,
} from '../../harness/core/address.ts'

t.test('the family of a literal address', async (t) => {
  t.equal(familyOf('203.0.113.10'), 'ipv4')
  t.equal(familyOf('2001:db8::1'), 'ipv6')
  for (const text of ['', 'pod', '203.0.113', '203.0.113.10/32', '203.0.113.256'])
    t.equal(familyOf(text), undefined, text)
})

t.test('each address has one spelling', async (t) => {
  t.equal(canonicalAddress('2001:DB8:0:0::0001'), '2001:db8::1')
  t.equal(canonicalAddress('0:0:0:0:0:0:0:0'), '::')
  t.equal(canonicalAddress('203.0.113.10'), '203.0.113.10')
})

t.test('an IPv4-mapped address is the IPv4 one, however it is written', async (t) => {
  t.equal(canonicalAddress('::ffff:203.0.113.10'), '203.0.113.10')
  t.equal(canonicalAddress('::FFFF:cb00:710a'), '203.0.113.10')
  t.equal(canonicalAddress('0:0:0:0:0:ffff:a00:1'), '10.0.0.1')
  t.equal(canonicalAddress('::1:ffff:a00:1'), '::1:ffff:a00:1')
})

t.test('bytes and back', async (t) => {
  t.same([...addressBytes('203.0.113.10')], [203, 0, 113, 10])
  t.same([...addressBytes('2001:db8::1')], [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
  for (const address of ['0.0.0.0', '255.255.255.255', '::', '::1', 'fe80::', '1:2:3:4:5:6:7:8', 'fd00:10::5']) {
    t.equal(addressFromBytes(addressBytes(address)), address)
  }
  t.same([...addressBytes('::ffff:203.0.113.10')], [...addressBytes('::FFFF:cb00:710a')])
  for (const text of ['pod', 'fe80::1%eth0', '1:2:3']) t.throws(() => addressBytes(text), TypeError, text)
})

t.test('whether an address lies within a prefix', async (t) => {
  const near = (bits: number) =>
    fc.tuple(fc.nat(bits), fc.nat(bits - 1)).map(([length, flipped]) => ({ length, flipped }))
  for (const [family, address, bits] of [
    ['ipv4', fc.ipV4(), 32],
    ['ipv6', fc.ipV6().filter((text) => !/^[0:]*:ffff:/i.test(text)), 128],
  ] as const) {
    const cases = fc.tuple(address, near(bits))
    for (const [network, { length, flipped }] of fc.sample(cases, { seed: 1, numRuns: 300 })) {
      const bytes = addressBytes(network)
      bytes[flipped >> 3] = (bytes[flipped >> 3] ?? 0) ^ (0x80 >> (flipped & 7))
      const list = new BlockList()
      list.addSubnet(network, length, family)
      const other = addressFromBytes(bytes)
      if (isInPrefix(other, `${network}/${length}`) !== list.check(other, family))
        t.fail(`${other} in ${network}/${length}`)
    }
  }
  t.ok(isInPrefix('10.244.0.5', '10.244.0.9/24'))
  t.notOk(isInPrefix('10.244.1.5', '10.244.0.9/24'))
  t.notOk(isInPrefix('::1', '0.0.0.0/0'), 'of another family')
})

t.test('an address with its port', async (t) => {
  t.equal(formatAddressPort({ address: '203.0.113.10', port: 80 }), '203.0.113.10:80')
  t.equal(formatAddressPort({ address: '2001:db8::1', port: 80 }), '[2001:db8::1]:80')
  t.equal(formatAddressPort({ address: '2001:db8::1', port: 0 }), '2001:db8::1')
  t.ok(sameAddressPort({ address: '::ffff:10.0.0.1', port: 1 }, { address: '10.0.0.1', port: 1 }))
  t.notOk(sameAddressPort({ address: '10.0.0.1', port: 1 }, { address: '10.0.0.1', port: 2 }))
})

t.test('an address and port is read as it was written', async (t) => {
  for (const text of ['203.0.113.10:80', '[2001:db8::1]:65535', '203.0.113.10', '2001:db8::1']) {
    const read = parseAddressPort(text)
    t.equal(read && formatAddressPort(read), text)
  }
  for (const text of [
    '',
    ':80',
    '203.0.113.10:',
    '203.0.113.10:65536',
    '[203.0.113.10]:80',
    '2001:db8::1:x',
    'pod:80',
  ]) {
    t.equal(parseAddressPort(text), undefined, text)
  }
})

t.test('the network of one address', async (t) => {
  t.equal(hostPrefix('10.244.0.5'), '10.244.0.5/32')
  t.equal(hostPrefix('fd00::5'), 'fd00::5/128')
})
