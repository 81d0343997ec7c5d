import t from 'tap'
import { HarnessError } from '../../harness/core/errors.ts'
import { app, as, inner, proxy, remote, root } from '../../harness/scenario/dsl.ts'

t.test('senders differ in identity and origin', async (t) => {
  const identities = [app, proxy, root, remote, inner].map((sender) => {
    const { identity, origin } = sender.tcp('peer:80').isDirect().flow
    return [identity, origin]
  })
  t.same(identities, [
    ['app', { kind: 'pod' }],
    ['proxy', { kind: 'pod' }],
    ['root', { kind: 'pod' }],
    ['remote', { kind: 'peer', interface: 'eth0' }],
    ['app', { kind: 'inner' }],
  ])
  t.same(remote.on('net1').tcp('pod:80').isDirect().flow.origin, { kind: 'peer', interface: 'net1' })
})

t.test("numbers make an identity: the group is the user's by default, supplementary ones are a set", async (t) => {
  t.same(as({ uid: 1501 }).tcp('peer:80').isDirect().flow.identity, { uid: 1501, gid: 1501, groups: [] })
  t.same(
    as({ uid: 1, gid: 2, groups: [9, 3, 9, 2] })
      .tcp('peer:80')
      .isDirect().flow.identity,
    { uid: 1, gid: 2, groups: [3, 9] },
  )
})

t.test('expectations', async (t) => {
  const draft = app.tcp('peer:80')
  t.same(draft.isRedirected('outbound').expected, { verdict: 'redirected', listener: 'outbound' })
  t.same(draft.isRedirected('inbound', { then: ['app'] }).expected, { verdict: 'redirected', listener: 'inbound', then: ['app'] })
  t.same(draft.isCaptured('outbound').expected, { verdict: 'captured', listener: 'outbound' })
  t.same(draft.isCaptured('inbound', { then: [] }).expected, { verdict: 'captured', listener: 'inbound', then: [] })
  t.same(draft.isDirect().expected, { verdict: 'direct' })
  t.same(draft.isDirect({ answeredBy: 'peer' }).expected, { verdict: 'direct', answeredBy: 'peer' })
  t.same(draft.isTranslated('pod:80').expected, { verdict: 'translated', to: 'pod:80' })
  t.same(draft.isRefused().expected, { verdict: 'refused' })
  t.same(draft.isRefused('peer').expected, { verdict: 'refused', refusedBy: 'peer' })
  t.same(draft.isDropped().expected, { verdict: 'dropped' })
  t.same(draft.isLooped().expected, { verdict: 'looped' })
})

t.test('a bad destination is refused with its file and line', async (t) => {
  const where = /flows\.test\.ts:\d+: 'peer' needs a port/
  for (const write of [() => app.tcp('peer'), () => app.tcp('peer:80').isTranslated('peer')]) {
    t.throws(write, HarnessError)
    t.throws(write, where)
  }
  t.throws(() => app.ping('peer:80'), /ICMP has none/)
})
