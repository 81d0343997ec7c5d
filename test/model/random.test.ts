import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { randomRun } from '../helpers/random-run.ts'
import { openSandbox } from '../sandbox/open.ts'
import { agreesInEach } from './agrees.ts'
import { randomCase } from './random.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_MODEL_CASES=1000 node test/model/random.test.ts`. */
const run = randomRun('SIDETRACK_MODEL', 25)
const flowsInACase = 40

const sandbox = await openSandbox(t)

for (const family of families) {
  t.test(
    `the model agrees with the kernel about random ${family} rulesets and flows (seed ${run.seed})`,
    { timeout: 200_000 + run.cases * 2000 },
    async (t) => {
      await agreesInEach(t, sandbox, randomCase(family, flowsInACase), run)
    },
  )
}
