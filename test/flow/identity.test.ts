import t from 'tap'
import { credentialsOf, formatIdentity, parseIdentity } from '../../harness/flow/identity.ts'

const proxy = { uid: 1500, gid: 0, groups: [] }

t.test("named identities have numbers, the proxy the profile's", async (t) => {
  t.same(credentialsOf('proxy', proxy), proxy)
  t.same(credentialsOf('app', proxy), { uid: 1000, gid: 1000, groups: [] })
  t.same(credentialsOf('root', proxy), { uid: 0, gid: 0, groups: [] })
  t.not(credentialsOf('remote', proxy).uid, proxy.uid)
  t.same(credentialsOf({ uid: 1, gid: 2, groups: [3] }, proxy), { uid: 1, gid: 2, groups: [3] })
})

t.test('an identity as it is written', async (t) => {
  t.equal(formatIdentity('app'), 'app')
  t.equal(formatIdentity({ uid: 1000, gid: 1500, groups: [] }), '1000:1500')
  t.equal(formatIdentity({ uid: 1000, gid: 1000, groups: [20, 1500] }), '1000:1000+20+1500')
})

t.test('an identity is read as it was written', async (t) => {
  for (const text of ['app', 'proxy', 'root', 'remote', '5:6', '5:6+7+8']) {
    const read = parseIdentity(text)
    t.equal(read && formatIdentity(read), text)
  }
  for (const text of ['', 'nobody', '5', '5:6+', '5:x', 'toString']) t.equal(parseIdentity(text), undefined, text)
})
