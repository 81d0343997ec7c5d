import t from 'tap'
import type { Hop, Observed } from '../../harness/flow/verdict.ts'
import { behaviourOf } from '../../harness/gate/changes/behaviour.ts'

const place = (port: number) => ({ address: '10.244.0.5', port })
const arrived = (hop: Partial<Hop>): Observed => ({
  verdict: 'direct',
  answeredBy: 'app',
  journey: [
    { at: 'app', local: place(80), dialled: place(80), identity: { uid: 1000, gid: 1000, groups: [] }, ...hop },
  ],
})

t.test('whether connections are tracked is no behaviour; where a flow was sent to is', async (t) => {
  const untracked = behaviourOf(arrived({}))
  t.equal(behaviourOf(arrived({ originalDestination: place(80) })), untracked)
  t.not(behaviourOf(arrived({ originalDestination: place(81) })), untracked)
})
