import t from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import { predictPod } from '../../harness/run/predict/predict-pod.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { inWords } from './difference.ts'
import { compareWithKernel } from './disagreements.ts'
import { type Case, podPlan } from './pod.ts'

/** A case of one flow, and what the model says of it in the words of difference.ts. */
export type KnownCase = readonly [title: string, given: Case, verdict: RegExp]

/** A test for each case, on both backends: the model says so, and the kernel does the same by the same rules. */
export function testBothWorlds(sandbox: Sandbox, cases: readonly KnownCase[]): void {
  for (const [title, given, verdict] of cases) {
    t.test(title, async (t) => {
      for (const backend of backends) {
        const [prediction] = predictPod(podPlan(backend, given), { ok: true })
        t.match(
          prediction !== undefined && 'predicted' in prediction ? inWords(prediction.predicted) : prediction,
          verdict,
          `${backend}: the model`,
        )
        t.same(
          await compareWithKernel(sandbox, backend, given),
          { compared: 1, unknown: 0, disagreements: [] },
          `${backend}: the kernel`,
        )
      }
    })
  }
}
