import t from 'tap'
import { backendPairs } from '../../harness/cli/gate/backend-pairs.ts'
import type { Backend } from '../../harness/flow/backend.ts'
import { backendText } from '../../harness/gate/compared/sides.ts'

t.test('which backends load the rules of either side', async (t) => {
  const pairs = (chosen: readonly Backend[], baseline?: Backend, candidate?: Backend) =>
    backendPairs(chosen, { baseline, candidate }).map(backendText)
  const all = ['nft', 'legacy'] as const
  t.same(pairs(all), ['nft', 'legacy'])
  t.same(pairs(['legacy']), ['legacy'])
  t.same(pairs(all, 'nft'), ['nft-legacy'])
  t.same(pairs(all, undefined, 'nft'), ['legacy-nft'])
  t.same(pairs(all, 'legacy', 'legacy'), ['legacy'])
  t.same(pairs(['legacy'], undefined, 'nft'), ['legacy-nft'], 'the other side has what is said of both')
  t.same(pairs(['nft'], undefined, 'nft'), ['nft'], 'nobody has asked for another one')
})
