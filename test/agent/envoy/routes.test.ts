import t from 'tap'
import { envoyPorts, Routes } from '../../../harness/agent/envoy/routes.ts'

/** A pattern is of three digits. */
const ports = Array.from({ length: 1_999 }, (_, index) => index + 1)
const matching = (pattern: string): number[] => {
  const whole = new RegExp(`^(?:${pattern})$`)
  return ports.filter((port) => whole.test(`${port}`))
}

for (const names of [
  ['outbound', 'inbound'],
  ['outbound', 'inbound', 'inbound-v6'],
  ['a', 'b', 'c', 'd'],
]) {
  const routes = new Routes(names)
  const all = names.flatMap((name) => routes.of(name))

  t.test(`${names.join(', ')}: a pattern matches its ports and no others, and no two routes share one`, async (t) => {
    for (const { name, ports: range, pattern } of all) {
      t.same(
        matching(pattern),
        ports.filter((port) => port >= range.first && port <= range.last),
        name,
      )
    }
    const taken = all.flatMap(({ pattern }) => matching(pattern))
    t.equal(new Set(taken).size, taken.length)
    t.equal(new Set(all.map(({ name }) => name)).size, all.length)
  })

  t.test(`${names.join(', ')}: nat gives none of them to a connection whose own port is taken`, async (t) => {
    t.ok(all.every(({ ports: { first, last } }) => first >= envoyPorts.first && last <= envoyPorts.last && last < 1024))
  })

  t.test(`${names.join(', ')}: a listener refuses what has been through it, and nothing else`, async (t) => {
    for (const name of names) {
      const loops = new Set(matching(routes.loopPattern(name)))
      for (const { name: way, at, after, ports: range } of all) {
        t.equal(loops.has(range.first), at === name || after.includes(name), `${name}: ${way}`)
        t.equal(loops.has(range.last), at === name || after.includes(name), `${name}: ${way}`)
      }
    }
  })
}

t.test('what has come through both listeners, either first, has a route of its own', async (t) => {
  const routes = new Routes(['outbound', 'inbound'])
  t.same(
    routes.of('inbound').map(({ name }) => name),
    ['outbound>inbound', 'inbound'],
  )
})

t.test('more listeners than there are ports for are refused', async (t) => {
  t.throws(() => new Routes(['a', 'b', 'c', 'd', 'e']), /too many listeners/)
})
