import t from 'tap'
import * as v from 'valibot'
import { object, text } from '../../harness/input/fields.ts'
import { globExpression } from '../../harness/input/glob.ts'
import { readYamlList } from '../../harness/input/yaml-list.ts'

const schema = object({ ids: text, reason: v.pipe(text, v.nonEmpty('is empty')) })
const read = (content: string) => readYamlList('/there/list.yaml', content, schema)

t.test('entries know their lines', async (t) => {
  const entries = read('# why\n- ids: a/*\n  reason: one # here\n\n- { ids: b, reason: two }\n')
  t.same(entries, [
    { ids: 'a/*', reason: 'one', line: 2 },
    { ids: 'b', reason: 'two', line: 5 },
  ])
  t.same(read(''), [])
  t.same(read('# nothing yet\n'), [])
})

t.test('all that is wrong with a file is told at once, each at its line', async (t) => {
  const issues = (content: string) => {
    try {
      return read(content)
    } catch (error) {
      return (error as Error).message.split('\n')
    }
  }
  t.same(issues('- ids: a\n  reason: ""\n- idss: b\n  reason: x\n- 7\n'), [
    '/there/list.yaml:2: reason: is empty',
    "/there/list.yaml:3: idss: no such field, did you mean 'ids'?",
    '/there/list.yaml:5: 7 is no object; its fields are ids, reason',
  ])
  t.match(issues('ids: a\n'), ["/there/list.yaml:1: is no list; begin each entry with '- '"])
  t.match(issues('- ids: a\n  ids: b\n  reason: x\n'), [/^\/there\/list\.yaml:2: Map keys must be unique/])
  t.same(issues('- { ids: a, reason: x }\n---\n- b\n'), [
    '/there/list.yaml:2: another document begins here, and one list is all that is read',
  ])
  t.match(issues('- [a\n'), [/^\/there\/list\.yaml:\d: /])
})

t.test('a glob over ids', async (t) => {
  const matches = (pattern: string, id: string) => globExpression(pattern).test(id)
  const id = 'osm/outbound/a-title/app-tcp-[2001:db8::10]:80/nft/ipv6'
  t.ok(matches(id, id), 'an id is a glob that means itself')
  t.ok(matches('osm/*/*/app-tcp-[2001:db8::10]:80/nft/*', id))
  t.notOk(matches('osm/*', id), 'one star ends with its part')
  t.ok(matches('osm/**', id))
  t.ok(matches('osm/**/nft/ipv?', id))
  t.notOk(matches('outbound/**', id), 'it covers the whole id')
})
