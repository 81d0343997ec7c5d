import fc from 'fast-check'
import t from 'tap'
import { contains } from '../../harness/classes/boxes.ts'
import { classOf } from '../../harness/classes/class-of.ts'
import { flowAt, pointOf } from '../../harness/classes/flow-at.ts'
import { frameText } from '../../harness/classes/frame.ts'
import { spaceOf } from '../../harness/classes/space.ts'
import { worldOf } from '../../harness/classes/world.ts'
import { families } from '../../harness/core/address.ts'
import { loadPodRules } from '../../harness/run/predict/loaded-rules.ts'
import { podPlan } from '../model/pod.ts'
import { randomSetCase } from '../model/random-sets.ts'
import { randomRun } from '../random-run.ts'
import { somePoint, toldApart } from './some-point.ts'
import { strays } from './strays.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_SETS_CASES=1000 node test/classes/sets.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_SETS', 4)

for (const family of families) {
  t.test(`flows of one class fare alike, by random ${family} sets (seed ${seed})`, async (t) => {
    let compared = 0
    const property = fc.property(
      randomSetCase(family, 20),
      fc.infiniteStream(fc.double({ noNaN: true, min: 0, max: 1, maxExcluded: true })),
      (given, dice) => {
        const plan = podPlan('nft', given)
        const loaded = loadPodRules(plan, { ok: true })
        if ('unread' in loaded) throw new Error(loaded.unread)
        const world = worldOf(loaded.rulesets, plan.pod, plan.routing)
        const told = toldApart([world])
        const space = spaceOf([world], { families: [family] })
        for (const flow of given.flows) {
          const own = pointOf(flow, world.stack)
          const point = own && { sport: 40_000, ...own }
          const root = space.find(
            (box) => point !== undefined && frameText(box.frame) === frameText(flow) && contains(box, point),
          )
          if (point === undefined || root === undefined) continue
          const around = classOf(point, root, [world])
          for (let count = 0; count < 8; count += 1) {
            const other = flowAt(
              around.box.frame,
              somePoint(around.box, told, () => dice.next().value ?? 0),
            )
            compared += 1
            const parting = strays(other, around, [world])
            if (parting !== undefined) throw new Error(parting)
          }
        }
      },
    )
    fc.assert(property, { seed, numRuns: cases })
    t.ok(compared >= 20 * cases, `${compared} flows`)
  })
}
