import fc from 'fast-check'
import t from 'tap'
import { contains } from '../../harness/classes/boxes.ts'
import { classOf } from '../../harness/classes/class-of.ts'
import { flowAt, pointOf } from '../../harness/classes/flow-at.ts'
import { frameText } from '../../harness/classes/frame.ts'
import { spaceOf } from '../../harness/classes/space.ts'
import { type World, worldOf } from '../../harness/classes/world.ts'
import { families } from '../../harness/core/address.ts'
import { loadPodRules } from '../../harness/run/predict/loaded-rules.ts'
import { type Case, podPlan } from '../model/pod.ts'
import { randomCase } from '../model/random.ts'
import { ruleText } from '../model/random-rules.ts'
import { randomRun } from '../random-run.ts'
import { somePoint, toldApart } from './some-point.ts'
import { strays } from './strays.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_CLASSES_CASES=1000 node test/classes/random.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_CLASSES', 3)
const othersOfAClass = 8

function worldIn(given: Case): World {
  const plan = podPlan('nft', given)
  const loaded = loadPodRules(plan, { ok: true })
  if ('unread' in loaded) throw new Error(loaded.unread)
  return worldOf(loaded.rulesets, plan.pod, plan.routing)
}

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
          const [world] = worlds as [World]
          const told = toldApart(worlds)
          const space = spaceOf(worlds, { families: [family] })
          for (const flow of given.flows) {
            const own = pointOf(flow, world.stack)
            const point = own && { sport: 40_000, ...own }
            const root = space.find(
              (box) => point !== undefined && frameText(box.frame) === frameText(flow) && contains(box, point),
            )
            if (point === undefined || root === undefined) continue
            const around = classOf(point, root, worlds)
            for (let count = 0; count < othersOfAClass; count += 1) {
              const other = flowAt(
                around.box.frame,
                somePoint(around.box, told, () => dice.next().value ?? 0),
              )
              compared += 1
              const parting = strays(other, around, worlds)
              if (parting !== undefined) throw new Error(parting)
            }
          }
        },
      )
      fc.assert(property, { seed, numRuns: cases, endOnFailure: true })
      t.ok(compared >= 50 * cases, `${compared} flows`)
    },
  )
}
