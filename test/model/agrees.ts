import fc from 'fast-check'
import type { Test } from 'tap'
import { backends } from '../../harness/flow/backend.ts'
import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { compareWithKernel } from './disagreements.ts'
import type { Case } from './pod.ts'

/** Holds the model against the kernel in random cases, with both backends. */
export async function agreesInEach(
  t: Test,
  sandbox: Sandbox,
  given: fc.Arbitrary<Case>,
  { seed, cases }: { seed: number; cases: number },
): Promise<void> {
  let compared = 0
  let unknown = 0
  const property = fc.asyncProperty(given, async (given) => {
    for (const backend of backends) {
      const result = await compareWithKernel(sandbox, backend, given)
      compared += result.compared
      unknown += result.unknown
      if (result.disagreements.length > 0) throw new Error(`${backend}: ${result.disagreements.join('\n')}`)
    }
  })
  await fc.assert(property, { seed, numRuns: cases })
  t.ok(compared >= 20 * cases, `${compared} flows are compared`)
  t.ok(unknown < compared / 10, `few flows are unpredictable: ${unknown} beside ${compared}`)
}
