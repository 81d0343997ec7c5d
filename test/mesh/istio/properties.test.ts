import fc from 'fast-check'
import t from 'tap'
import { readRules } from '../../../harness/iptables/texts/read.ts'
import { type Release, releases } from '../../../harness/mesh/istio/releases.ts'
import { annotated, type Asked, build } from './request.ts'

const port = fc.integer({ min: 1, max: 65535 }).map(String)
const ports = fc.array(port, { maxLength: 4 }).map((each) => each.join(','))
const range = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, length]) => `${address}/${length}`),
  fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([address, length]) => `${address}/${length}`),
)
const ranges = fc.array(range, { maxLength: 3 }).map((each) => each.join(','))
const orAll = (list: fc.Arbitrary<string>) => fc.oneof(fc.constant('*'), list)
const values = fc.record({
  includeIPRanges: orAll(ranges),
  excludeIPRanges: ranges,
  includeInboundPorts: orAll(ports),
  excludeInboundPorts: ports,
  excludeOutboundPorts: ports,
})
const from117 = fc.record({
  dnsServers: fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 2 }),
  proxyMetadata: fc.record({
    ISTIO_META_DNS_CAPTURE: fc.constantFrom('true', 'false'),
    INVALID_DROP: fc.constantFrom('true', 'false'),
  }),
})
const asked = fc
  .record({
    release: fc.constantFrom(...releases),
    family: fc.constantFrom('ipv4', 'ipv6'),
    mode: fc.constantFrom('REDIRECT', 'TPROXY'),
    config: values,
    more: from117,
  })
  .map(({ release, family, mode, config, more }): { release: Release; asked: Asked } => ({
    release,
    asked: {
      config: { ...config, interceptionMode: mode, ...(release !== '1.5' && more) },
      podIPs: ['fd00::5'],
      family,
    },
  }))
// An IPv4-mapped range is of neither family here.
const isPlain = ({ asked: { config } }: { asked: Asked }) =>
  !/::ffff:|:0*ffff:[0-9a-f]+:[0-9a-f]+\//i.test(JSON.stringify(config))

t.test('what is built reads as rules, and every chain that is jumped to is made', async () => {
  fc.assert(
    fc.property(asked.filter(isPlain), ({ release, asked }) => {
      const payload = build(release, asked)
      const family = asked.family ?? 'ipv4'
      readRules(payload, { family, podIPs: ['fd00::5'], payloadFamily: family })
      for (const table of payload.split(/^COMMIT$/m)) {
        const made = new Set([...table.matchAll(/^-N (\S+)$/gm)].map(([, chain]) => chain))
        for (const [, chain] of table.matchAll(/-j (ISTIO_\S+)/g))
          if (!made.has(chain)) throw new Error(`${chain} is not made`)
      }
    }),
  )
})

t.test('by its init container an annotation says what the field of Helm says', async () => {
  const annotationOf = { includeIPRanges: 'includeOutboundIPRanges', excludeIPRanges: 'excludeOutboundIPRanges' }
  fc.assert(
    fc.property(fc.constantFrom('1.17', '1.31'), values, (release, config) => {
      const entries = Object.entries(config).map(([field, value]) =>
        annotated({ ...annotationOf }[field] ?? field, value),
      )
      const byPod = build(release, {
        podAnnotations: Object.assign({}, ...entries),
        podIPs: ['fd00::5'],
        family: 'ipv6',
      })
      if (byPod !== build(release, { config, podIPs: ['fd00::5'], family: 'ipv6' })) throw new Error('differs')
    }),
  )
})

t.test('no family has addresses of the other', async () => {
  fc.assert(
    fc.property(asked, ({ release, asked }) => {
      const foreign = asked.family === 'ipv6' ? /-[ds] \d+\.\d/ : /-[ds] [0-9a-f]*:/
      const [rule] = build(release, asked)
        .split('\n')
        .filter((line) => foreign.test(line))
      if (rule !== undefined) throw new Error(rule)
    }),
  )
})
