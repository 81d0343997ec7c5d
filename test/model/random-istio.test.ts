import fc from 'fast-check'
import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { randomRun } from '../random-run.ts'
import { openSandbox } from '../sandbox/open.ts'
import { compareWithKernel } from './disagreements.ts'
import { istioCase, istioReleases } from './random-istio.ts'

/**
 * A long run: `TAP_TIMEOUT=0 SIDETRACK_ISTIO_MODEL_CASES=100 node test/model/random-istio.test.ts`, about 25 flows a
 * case and backend.
 */
const { cases, seed } = randomRun('SIDETRACK_ISTIO_MODEL', 4)
const flowsInACase = 40

const sandbox = await openSandbox(t)

for (const release of istioReleases) {
  t.test(
    `the model agrees with the kernel about rules of istio@${release} and random flows (seed ${seed})`,
    { timeout: 60_000 + cases * 4000 },
    async (t) => {
      let compared = 0
      let unknown = 0
      const property = fc.asyncProperty(istioCase(release, flowsInACase), async (given) => {
        for (const backend of backends) {
          const result = await compareWithKernel(sandbox, backend, given)
          compared += result.compared
          unknown += result.unknown
          if (result.disagreements.length > 0) throw new Error(`${backend}: ${result.disagreements.join('\n')}`)
        }
      })
      await fc.assert(property, { seed, numRuns: cases })
      t.comment(`${compared} flows compared, ${unknown} unpredictable`)
      t.ok(compared >= 20 * cases, `${compared} flows are compared`)
      t.ok(unknown < compared / 10, `few flows are unpredictable: ${unknown} beside ${compared}`)
    },
  )
}
