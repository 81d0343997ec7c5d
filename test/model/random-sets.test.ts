import fc from 'fast-check'
import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import { randomRun } from '../random-run.ts'
import { openSandbox } from '../sandbox/open.ts'
import { compareWithKernel } from './disagreements.ts'
import { randomSetCase } from './random-sets.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_SETS_CASES=200 node test/model/random-sets.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_SETS', 3)
const flowsInACase = 40

const sandbox = await openSandbox(t)

for (const family of families) {
  t.test(
    `the model agrees with the kernel about random ${family} sets (seed ${seed})`,
    { timeout: 60_000 + cases * 2000 },
    async (t) => {
      let compared = 0
      let turn = 0
      const property = fc.asyncProperty(randomSetCase(family, flowsInACase), async (given) => {
        turn += 1
        for (const backend of cases > 10 ? backends : backends.slice(turn % 2, (turn % 2) + 1)) {
          const result = await compareWithKernel(sandbox, backend, given)
          compared += result.compared
          if (result.unknown > result.compared) throw new Error(`${result.unknown} are unknown`)
          if (result.disagreements.length > 0) throw new Error(`${backend}: ${result.disagreements.join('\n')}`)
        }
      })
      await fc.assert(property, { seed, numRuns: cases })
      t.ok(compared >= 20 * cases, `${compared} flows`)
    },
  )
}
