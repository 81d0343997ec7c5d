import fc from 'fast-check'
import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { randomCase } from '../model/random.ts'
import { ruleText } from '../model/random-rules.ts'
import { randomRun } from '../helpers/random-run.ts'
import { holdClasses, worldIn } from './strays.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_CLASSES_CASES=1000 node test/classes/random.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_CLASSES', 3)

for (const family of families) {
  t.test(
    `flows of one class fare alike, by random ${family} rules (seed ${seed})`,
    { timeout: 600_000 + cases * 2000 },
    async (t) => {
      let compared = 0
      const property = fc.property(
        randomCase(family, 40),
        // With other rules in the same pod, a class is of flows that fare alike by both.
        fc.option(ruleText(family), { nil: undefined }),
        fc.infiniteStream(fc.double({ noNaN: true, min: 0, max: 1, maxExcluded: true })),
        (given, others, dice) => {
          const worlds = [given, ...(others === undefined ? [] : [{ ...given, rules: [others] }])].map(worldIn)
          compared += holdClasses(family, given.flows, worlds, dice)
        },
      )
      fc.assert(property, { seed, numRuns: cases, endOnFailure: true })
      t.ok(compared >= 50 * cases, `${compared} flows`)
    },
  )
}
