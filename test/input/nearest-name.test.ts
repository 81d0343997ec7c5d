import t from 'tap'
import { nearestName } from '../../harness/input/nearest-name.ts'

const known = ['outboundPortExclusionList', 'inboundPortExclusionList', 'localProxyMode']

t.test("names a mistyped name's nearest one", async (t) => {
  t.equal(nearestName('outboundportexclusionlist', known), 'outboundPortExclusionList')
  t.equal(nearestName('inbundPortExclusionList', known), 'inboundPortExclusionList')
  t.equal(nearestName('familys', ['flows', 'families']), 'families')
  t.equal(nearestName('tpc', ['tcp', 'udp', 'ping']), 'tcp', 'two letters swapped are one mistake')
  t.equal(nearestName('localProxyMod', known), 'localProxyMode')
})

t.test('names none where none is near', async (t) => {
  t.equal(nearestName('logLevel', known), undefined)
  t.equal(nearestName('', known), undefined)
})
