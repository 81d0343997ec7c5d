import t from 'tap'
import { requireSame } from '../../harness/agent/require-same.ts'

const wanted = { uid: 3000, gid: 3001, groups: [1500, 3003] }

t.test('a process that is somebody else is a fault of the machine', async (t) => {
  t.doesNotThrow(() => requireSame(wanted, { ...wanted }))
  for (const [actual, text] of [
    [{ ...wanted, uid: 0 }, '0:3001+1500+3003'],
    [{ ...wanted, gid: 0 }, '3000:0+1500+3003'],
    [{ ...wanted, groups: [] }, '3000:3001'],
  ] as const)
    t.throws(() => requireSame(wanted, actual), {
      fault: 'machine',
      message: `a process that should run as 3000:3001+1500+3003 runs as ${text}`,
    })
})
