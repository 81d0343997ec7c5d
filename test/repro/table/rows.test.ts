import t from 'tap'
import { reportOf } from '../../../harness/repro/table/report.ts'
import { type Captured, examined, plain } from '../../findings/examined.ts'

/** Each row of TCP that the pod sends: who, where, what becomes of it. */
async function rowsOf(captured: Captured): Promise<string[]> {
  const found = await examined({ ...captured, isTabled: true })
  const { rows, left } = reportOf(found, { source: 'a test', premises: [], backend: 'nft' })
  t.same(left, [], 'all of it is told')
  return rows
    .filter(({ origin, protocol }) => origin.kind === 'pod' && protocol === 'tcp')
    .map(({ who, where, what }) => `${who} | ${where} | ${what}`)
}

t.test('marks are told by the bits that rules ask for', async (t) => {
  t.same(
    await rowsOf({
      nat: plain('-A ISTIO_OUTPUT -m mark --mark 0x539/0xfff -j RETURN'),
      mangle: [
        '-A OUTPUT -p tcp -m mark --mark 0x10000/0x10000 -j DROP',
        '-A OUTPUT -p tcp --dport 99 -j MARK --set-xmark 0x539/0xfff',
      ],
    }),
    [
      "UID any but 1337, mark any but 0x539/0xfff, 0x10000/0x10000 | port any but 99 | proxy's outbound (15001)",
      'UID any but 1337, mark any but 0x10000/0x10000 | port 99; ' +
        'UID any but 1337, mark 0x539/0xfff without 0x10000/0x10000 to anywhere | direct',
      'mark 0x10000/0x10000 | anywhere | dropped',
      'UID 1337, mark any but 0x10000/0x10000 | anywhere | direct',
    ],
  )
})

t.test('a network that is mapped onto another one is one row', async (t) => {
  const rows = await rowsOf({ nat: ['-A OUTPUT -d 198.51.100.0/24 -j NETMAP --to 203.0.113.0/24'] })
  t.same(rows, [
    'anyone | anywhere but 198.51.100.0/24 | direct',
    'anyone | 198.51.100.0/24 | to 203.0.113.0/24, same host and port',
  ])
  const parted = await rowsOf({
    nat: [
      '-A OUTPUT -d 198.51.100.0/24 -j NETMAP --to 203.0.113.0/24',
      '-A POSTROUTING -d 203.0.113.128/25 -j SNAT --to-source 10.244.0.5',
    ],
    filter: ['-A OUTPUT -d 203.0.113.7/32 -j DROP'],
  })
  t.same(
    parted,
    [
      'anyone | anywhere but 198.51.100.0/24, 203.0.113.7 | direct',
      'anyone | 198.51.100.0-198.51.100.6, 198.51.100.8-198.51.100.255 | to 203.0.113.0/24, same host and port',
      'anyone | 198.51.100.7, 203.0.113.7 | dropped',
    ],
    'what later rules tell apart is told apart before, too',
  )
})

t.test('where a translation names no port, a row says that it stays', async (t) => {
  t.same(await rowsOf({ nat: ['-A OUTPUT -p tcp -d 198.51.100.7 -j DNAT --to-destination 203.0.113.9'] }), [
    'anyone | anywhere but 198.51.100.7 | direct',
    'anyone | 198.51.100.7 | to 203.0.113.9, same port',
  ])
})

t.test('a kind of traffic has what the others do not need', async (t) => {
  const rules = Array.from(
    { length: 40 },
    (_, index) => `-A OUTPUT -p tcp -m owner --uid-owner ${index + 1} -m tcp --dport ${index + 1} -j RETURN`,
  )
  const rows = await rowsOf({ nat: [...rules, '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001'] })
  t.equal(rows.length, 41)
})

t.test('whose DSCP rules ask for is told, where it makes a difference', async (t) => {
  t.same(await rowsOf({ nat: plain('-A ISTIO_OUTPUT -m dscp --dscp 46 -j RETURN') }), [
    "UID any but 1337, DSCP any but 46 | anywhere | proxy's outbound (15001)",
    'UID any but 1337, DSCP 46 | anywhere | direct',
    'UID 1337 | anywhere | direct',
  ])
  // Of TCP none has ECN.
  t.same(await rowsOf({ nat: ['-A OUTPUT -p tcp -m tos --tos 0x11/0xff -j DROP'] }), ['anyone | anywhere | direct'])
  t.same(await rowsOf({ nat: ['-A OUTPUT -p tcp -m tos --tos 0x20/0x3f -j REDIRECT --to-ports 15001'] }), [
    'DSCP any but 8, 24, 40, 56 | anywhere | direct',
    "DSCP 8, 24, 40, 56 | anywhere | proxy's outbound (15001)",
  ])
})
