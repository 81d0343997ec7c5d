import t from 'tap'
import { catalogue } from '../../../harness/findings/find-all.ts'

t.test('what is said of a kind of findings is no longer than code scanning takes of a rule', async (t) => {
  for (const { code, title, about, remedy } of catalogue.values()) {
    t.equal(title !== '' && title.length <= 1024, true, code)
    t.equal(about !== '' && about.length <= 1024, true, code)
    t.not(remedy, '', code)
  }
})
