import t from 'tap'
import { generateConfigs } from '../../harness/gate/compared/generated-configs.ts'
import { coverPairs } from '../../harness/gate/compared/pairs.ts'
import { findBuilder } from '../../harness/mesh/index.ts'

t.test('any two values of two parameters stand together in some row, as far as they may', async (t) => {
  const sizes = [3, 4, 2, 5]
  const isValid = (row: readonly (number | undefined)[]) => !(row[0] === 1 && row[1] === 2)
  const { rows, pairs } = coverPairs({ sizes, isValid, seed: 7, most: 500 })
  t.ok(rows.every(isValid))
  for (const [a, size] of sizes.entries())
    for (const [b, other] of sizes.entries())
      for (let value = 0; value < size && a < b; value += 1)
        for (let with_ = 0; with_ < other; with_ += 1)
          t.equal(
            rows.some((row) => row[a] === value && row[b] === with_),
            !(a === 0 && b === 1 && value === 1 && with_ === 2),
          )
  t.same(pairs, { covered: 12 + 6 + 15 + 8 + 20 + 10 - 1, refused: 1, left: 0 })
  t.ok(rows.length < 40, `${rows.length} rows for 20 at least`)
})

for (const [name, release] of [
  ['osm', '1.2'],
  ['istio', '1.31'],
] as const) {
  t.test(`${name}: generated configs are valid, and the same for a seed`, async (t) => {
    const mesh = findBuilder(name)
    const { configs, pairs } = generateConfigs(mesh, release, { seed: 1 })
    for (const { config, podAnnotations } of configs) mesh.validate(release, { config, podAnnotations })
    t.equal(new Set(configs.map((config) => config.name)).size, configs.length)
    t.equal(pairs.left, 0)
    t.ok(pairs.covered > 500, `${pairs.covered} pairs in ${configs.length} configs`)
    t.same(generateConfigs(mesh, release, { seed: 1 }).configs, configs)
    t.not(JSON.stringify(generateConfigs(mesh, release, { seed: 2 }).configs), JSON.stringify(configs))
  })
}

t.test('as many as are asked for, without what a builder does not have', async (t) => {
  const without = new Set(['localProxyMode', 'openservicemesh.io/inbound-port-exclusion-list'])
  const { configs } = generateConfigs(findBuilder('osm'), '1.2', { seed: 1, most: 60, without })
  t.equal(configs.length, 60)
  t.notMatch(JSON.stringify(configs), /localProxyMode|inbound-port-exclusion-list/)
  const quiet = generateConfigs(findBuilder('istio'), '1.31', { seed: 1, most: 60, without: new Set(['INVALID_DROP']) })
  t.notMatch(JSON.stringify(quiet.configs), /INVALID_DROP/, 'a variable within a field, and within an annotation')
  t.match(JSON.stringify(quiet.configs), /ISTIO_META_DNS_CAPTURE/)
  const few = generateConfigs(findBuilder('osm'), '1.2', { seed: 1, most: 3 })
  t.equal(few.configs.length, 3)
  t.ok(few.pairs.left > 0, 'and what there was no room for is counted')
})
