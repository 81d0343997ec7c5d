import t from 'tap'
import { once, withLazy } from '../../harness/core/lazy.ts'

t.test('a value is made once, when it is first asked for', async (t) => {
  const calls: string[] = []
  const value = once(() => ({ number: calls.push('made') }))
  t.same(calls, [])
  t.equal(value(), value())
  t.same(calls, ['made'])
})

t.test('a property is worked out when it is read, and looks like any other', async (t) => {
  const calls: string[] = []
  const lazy = withLazy({ a: 1 }, { b: () => calls.push('made'), c: (): number | undefined => undefined })
  Object.assign(lazy, { d: 4 })
  t.same(calls, [])
  t.same(Object.keys(lazy), ['a', 'b', 'c', 'd'])
  t.equal(JSON.stringify(lazy), '{"a":1,"b":1,"d":4}')
  t.same({ ...lazy }, { a: 1, b: 1, c: undefined, d: 4 })
  lazy.c = 3
  t.equal(lazy.c, 3)
  t.same(calls, ['made'])
})
