import t from 'tap'
import type { Hop, Observed } from '../../harness/flow/verdict.ts'
import { behaviourOf, effectOf } from '../../harness/gate/changes/behaviour.ts'

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
  const translated = { dialled: place(81) }
  t.equal(
    behaviourOf(arrived({ ...translated, originalDestination: place(81) })),
    behaviourOf(arrived(translated)),
    'the model does not say what an application could read',
  )
  const taken = { ...translated, at: 'inbound' }
  t.not(behaviourOf(arrived({ ...taken, originalDestination: place(81) })), behaviourOf(arrived(taken)))
})

t.test('a lone segment is reset where it arrives, whether its sender hears that or not', async (t) => {
  const reset = (refusedBy: 'pod' | 'peer'): Observed => ({ verdict: 'refused', refusedBy, journey: [] })
  const [inPod, atPeer] = [arrived({}), { ...arrived({}), answeredBy: 'peer' as const }]
  t.same([effectOf(reset('peer'), atPeer, true), effectOf(atPeer, reset('peer'), true)], ['moved', 'moved'])
  t.same([effectOf(reset('pod'), inPod, true), effectOf(inPod, reset('pod'), true)], ['moved', 'moved'])
  t.same(
    [effectOf(reset('pod'), atPeer, true), effectOf(atPeer, reset('pod'), true)],
    ['opened', 'closed'],
    'elsewhere',
  )
  t.same([effectOf(reset('pod'), inPod), effectOf(inPod, reset('pod'))], ['opened', 'closed'], 'of a connection')
})
