import t from 'tap'
import { tooBusy } from '../../harness/sandbox/busy.ts'

t.test('an agent that is silent on a very busy machine is no fault of ours', async (t) => {
  t.match(tooBusy('nothing for 30 s', 38.4, 2), {
    fault: 'machine',
    line: 'nothing for 30 s, on a machine with a load of 38 for 2 processors; run it again when it is less busy',
  })
  t.equal(tooBusy('nothing for 30 s', 16, 2), undefined)
  t.match(tooBusy('nothing for 30 s', 9, 1)?.message, /load of 9 for 1 processor$/)
})
