import t from 'tap'
import { decodeAttributes, encodeAttributes } from '../../../harness/sys/sockets/netlink.ts'
import { decodeSocketAddress, encodeSocketAddress } from '../../../harness/sys/sockets/sockaddr.ts'
import { isMapped, mappedIds } from '../../../harness/sys/privileges/id-map.ts'
import { errnoName } from '../../../harness/sys/libc/libc.ts'

t.test('attributes are padded to four bytes, and read back', async (t) => {
  const bytes = encodeAttributes([
    [3, 'eth0'],
    [4, 7],
    [18, [[1, 'veth']]],
  ])
  t.equal(
    bytes.toString('hex'),
    '090003006574683000000000' + '0800040007000000' + '10001280' + '090001007665746800000000',
  )
  const read = decodeAttributes(bytes)
  t.same([...read.keys()], [3, 4, 18])
  t.equal(read.get(3)?.toString(), 'eth0\0')
  t.equal(read.get(4)?.readUInt32LE(), 7)
  t.equal(
    decodeAttributes(read.get(18) ?? Buffer.alloc(0))
      .get(1)
      ?.toString(),
    'veth\0',
  )
})

t.test('attributes that are cut short do not make it read on for ever', async (t) => {
  t.equal(decodeAttributes(Buffer.from([0, 0, 1, 0, 9, 9, 9, 9])).size, 0)
})

t.test('socket addresses of both families; a mapped one is IPv4', async (t) => {
  for (const at of [
    { address: '203.0.113.10', port: 15001 },
    { address: '2001:db8::1', port: 80 },
  ])
    t.same(decodeSocketAddress(encodeSocketAddress(at)), at)
  t.equal(encodeSocketAddress({ address: '127.0.0.1', port: 80 }).toString('hex'), '020000507f0000010000000000000000')
  t.same(decodeSocketAddress(encodeSocketAddress({ address: '::ffff:203.0.113.10', port: 1 })), {
    address: '203.0.113.10',
    port: 1,
  })
})

t.test('the IDs of this user namespace, which has its own', async (t) => {
  t.equal(isMapped('uid', process.getuid?.() ?? 0), true)
  t.ok(mappedIds('gid').every(([first, last]) => first <= last))
})

t.test('errors have their usual names', async (t) => {
  t.equal(errnoName(111), 'ECONNREFUSED')
  t.equal(errnoName(11), 'EAGAIN')
  t.equal(errnoName(9999), 'errno 9999')
})
