import t from 'tap'
import { decodeSegment, encodeSegment, isResetOfSegment } from '../../harness/agent/segment.ts'

const between = {
  ipv4: { source: { address: '10.244.0.1', port: 32_768 }, destination: { address: '10.244.0.5', port: 8080 } },
  ipv6: { source: { address: 'fd00:10::1', port: 32_768 }, destination: { address: 'fd00:10::5', port: 8080 } },
} as const

t.test('a segment says which flow it is of', async (t) => {
  const header = encodeSegment({ ...between.ipv4, flags: 0x11, key: 0x1_0007 })
  t.equal(header.length, 20)
  t.equal(header.readUInt8(13), 0x11)
  t.same(decodeSegment(header), { key: 7, sourcePort: 32_768, destinationPort: 8080 })
})

t.test('its checksum is over addresses, protocol, length and header', async (t) => {
  // By another program that takes the same sum.
  t.equal(encodeSegment({ ...between.ipv4, flags: 0x11, key: 7 }).readUInt16BE(16), 0x568b)
  t.equal(encodeSegment({ ...between.ipv6, flags: 0x11, key: 7 }).readUInt16BE(16), 0x7251)
})

t.test("what is a kernel's own is not taken for it", async (t) => {
  t.equal(decodeSegment(Buffer.alloc(20)), undefined)
  t.equal(decodeSegment(Buffer.alloc(8)), undefined)
  const reset = Buffer.alloc(20)
  reset.writeUInt32BE(0x51de_0007, 4)
  reset.writeUInt8(0x04, 13)
  t.equal(decodeSegment(reset), undefined)
  t.ok(isResetOfSegment(reset))
  t.notOk(isResetOfSegment(encodeSegment({ ...between.ipv4, flags: 0x04, key: 7 })), 'a raw reset is no answer')
})
