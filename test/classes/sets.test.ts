import fc from 'fast-check'
import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { randomSetCase } from '../model/random-sets.ts'
import { randomRun } from '../helpers/random-run.ts'
import { holdClasses, worldIn } from './strays.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_SETS_CASES=1000 node test/classes/sets.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_SETS', 4)

for (const family of families) {
  t.test(`flows of one class fare alike, by random ${family} sets (seed ${seed})`, async (t) => {
    let compared = 0
    const property = fc.property(
      randomSetCase(family, 20),
      fc.infiniteStream(fc.double({ noNaN: true, min: 0, max: 1, maxExcluded: true })),
      (given, dice) => {
        compared += holdClasses(family, given.flows, [worldIn(given)], dice)
      },
    )
    fc.assert(property, { seed, numRuns: cases })
    t.ok(compared >= 20 * cases, `${compared} flows`)
  })
}
