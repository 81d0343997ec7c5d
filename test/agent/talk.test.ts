import t from 'tap'
import { Talk } from '../../harness/agent/worker/talk.ts'

t.test('something that comes first on a connection is news, whatever has been read of it by now', async (t) => {
  const talk = new Talk()
  t.equal(talk.look([], false), undefined)
  t.same(talk.look([], true), [])
  t.equal(talk.look([], false), undefined)
})
