import fc from 'fast-check'
import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import { randomRun } from '../random-run.ts'
import { openSandbox } from '../sandbox/open.ts'
import { compareWithKernel } from './disagreements.ts'
import { randomCase } from './random.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_MODEL_CASES=1000 node test/model/random.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_MODEL', 25)
const flowsInACase = 40

const sandbox = await openSandbox(t)

for (const family of families) {
  t.test(
    `the model agrees with the kernel about random ${family} rulesets and flows (seed ${seed})`,
    { timeout: 60_000 + cases * 2000 },
    async (t) => {
      let compared = 0
      let unknown = 0
      const property = fc.asyncProperty(randomCase(family, flowsInACase), async (given) => {
        for (const backend of backends) {
          const result = await compareWithKernel(sandbox, backend, given)
          compared += result.compared
          unknown += result.unknown
          if (result.disagreements.length > 0) throw new Error(`${backend}: ${result.disagreements.join('\n')}`)
        }
      })
      await fc.assert(property, { seed, numRuns: cases })
      t.ok(compared >= 20 * cases, `${compared} flows, which is at least 500 in the ordinary test`)
      t.ok(unknown < compared / 10, `few flows are unpredictable: ${unknown} beside ${compared}`)
    },
  )
}
