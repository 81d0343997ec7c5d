import fc from 'fast-check'
import t from 'tap'
import { treatsAddressesAlike } from '../../harness/classes/space/joined-addresses.ts'
import { families } from '../../harness/core/address.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { randomCase } from '../model/random.ts'
import { ruleText } from '../model/random-rules.ts'
import { randomRun } from '../helpers/random-run.ts'
import { holdClasses, worldIn } from './strays.ts'

/** A long run: `TAP_TIMEOUT=0 SIDETRACK_CLASSES_CASES=1000 node test/classes/random.test.ts`. */
const { cases, seed } = randomRun('SIDETRACK_CLASSES', 3)

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
          compared += holdClasses(family, given.flows, worlds, dice)
        },
      )
      fc.assert(property, { seed, numRuns: cases, endOnFailure: true })
      t.ok(compared >= 50 * cases, `${compared} flows`)
    },
  )

  t.test(
    `so do they by random ${family} rules to which the pod's addresses are alike`,
    { timeout: 600_000 + cases * 2000 },
    async (t) => {
      let [compared, alike] = [0, 0]
      const property = fc.property(
        randomCase(family, 40),
        fc.infiniteStream(fc.double({ noNaN: true, min: 0, max: 1, maxExcluded: true })),
        (given, dice) => {
          const world = worldIn({ ...given, rules: given.rules.map(withoutOwnAddresses) })
          if (treatsAddressesAlike(world.rulesets[family])) alike += 1
          compared += holdClasses(family, given.flows, [world], dice)
        },
      )
      fc.assert(property, { seed, numRuns: cases, endOnFailure: true })
      t.ok(alike >= cases / 2, `${alike} of ${cases} rulesets`)
      t.ok(compared >= 50 * cases, `${compared} flows`)
    },
  )
}

/** Without the rules that put one address in place of another, and most of those that ask what kind it is. */
function withoutOwnAddresses(text: RuleText): RuleText {
  if (text.form !== 'restore') return text
  const lines = text.payload.split('\n')
  const isLeft = (line: string): boolean => !/MASQUERADE|[SD]NAT|NETMAP|addrtype/.test(line)
  return { ...text, payload: lines.filter(isLeft).join('\n') }
}
