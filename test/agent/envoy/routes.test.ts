import t from 'tap'
import { loopPattern, routesOf } from '../../../harness/agent/envoy/routes.ts'

const ports = Array.from({ length: 65_535 }, (_, index) => index + 1)
const all = [...routesOf('outbound'), ...routesOf('inbound')]
const matching = (pattern: string): number[] => ports.filter((port) => new RegExp(`^(?:${pattern})$`).test(`${port}`))

t.test('a pattern matches its ports and no others, and no two routes share one', async (t) => {
  for (const { name, ports: range, pattern } of all) {
    t.same(
      matching(pattern),
      ports.filter((port) => port >= range.first && port <= range.last),
      name,
    )
  }
  const taken = all.flatMap(({ pattern }) => matching(pattern))
  t.equal(new Set(taken).size, taken.length)
})

t.test('nat gives none of them to a connection whose own port is taken', async (t) => {
  t.ok(all.every(({ ports: { last } }) => last < 1024))
})

t.test('a listener refuses what has been through it, and nothing else', async (t) => {
  const refused = (at: 'outbound' | 'inbound'): string[] => {
    const loops = new Set(matching(loopPattern(at)))
    return all.flatMap(({ name, ports: { first, last } }) => (loops.has(first) && loops.has(last) ? [name] : [])).sort()
  }
  t.same(refused('outbound'), ['inbound-outbound', 'outbound', 'outbound-inbound'])
  t.same(refused('inbound'), ['inbound', 'inbound-outbound', 'outbound-inbound'])
})
