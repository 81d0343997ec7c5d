import fc from 'fast-check'
import t from 'tap'
import { families } from '../../harness/core/address.ts'
import { decidingStep } from '../../harness/model/deciding.ts'
import { predict } from '../../harness/model/predict.ts'
import { worldIn } from '../classes/strays.ts'
import { randomRun } from '../helpers/random-run.ts'
import { randomCase } from './random.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_BESIDE_CASES=1000 node test/model/beside.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_BESIDE', 60)

for (const family of families)
  t.test(`the same rule decides, however far a flow is followed without one: ${family}, seed ${seed}`, async (t) => {
    let [decided, shorter] = [0, 0]
    const property = fc.property(randomCase(family, 40), (given) => {
      const { rulesets, stack } = worldIn(given)
      for (const flow of given.flows)
        for (const result of predict(flow, rulesets, stack, { keeps: 'telling', decides: false }).attempts) {
          const ruleset = rulesets[result.flow.family]
          // With nothing known of what the flow has passed, it is followed to its end.
          const [own, whole] = [result, { ...result, passed: [] }].map((known) => {
            let steps = 0
            const tried: { steps: readonly unknown[] }[] = []
            const step = decidingStep(known, ruleset, stack, (without) => tried.push(without))
            for (const without of tried) steps += without.steps.length
            return { rule: step && `${step.table} ${step.chain} ${step.number} ${step.hook} ${step.packet}`, steps }
          })
          if (own?.rule !== whole?.rule)
            throw new Error(`${JSON.stringify(flow)}: ${own?.rule}, and ${whole?.rule} if followed to its end`)
          if (own?.rule !== undefined) decided += 1
          if ((own?.steps ?? 0) < (whole?.steps ?? 0)) shorter += 1
        }
    })
    fc.assert(property, { seed, numRuns: cases, endOnFailure: true })
    t.ok(decided > cases / 4, `${decided} connections are decided by a rule`)
    t.ok(shorter > cases / 4, `${shorter} are not followed to their end`)
  })
