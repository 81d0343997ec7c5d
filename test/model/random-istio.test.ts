import t from 'tap'
import { randomRun } from '../helpers/random-run.ts'
import { openSandbox } from '../sandbox/open.ts'
import { agreesInEach } from './agrees.ts'
import { istioCase, istioReleases } from './random-istio.ts'

/**
 * A long run: `TAP_TIMEOUT=0 SIDETRACK_ISTIO_MODEL_CASES=100 node test/model/random-istio.test.ts`, about 25 flows a
 * case and backend.
 */
const run = randomRun('SIDETRACK_ISTIO_MODEL', 4)
const flowsInACase = 40

const sandbox = await openSandbox(t)

for (const release of istioReleases) {
  t.test(
    `the model agrees with the kernel about rules of istio@${release} and random flows (seed ${run.seed})`,
    { timeout: 200_000 + run.cases * 4000 },
    async (t) => {
      await agreesInEach(t, sandbox, istioCase(release, flowsInACase), run)
    },
  )
}
