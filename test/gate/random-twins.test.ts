import t from 'tap'
import { spaceOf } from '../../harness/classes/space/space.ts'
import type { World } from '../../harness/classes/space/world.ts'
import { families } from '../../harness/core/address.ts'
import { backends } from '../../harness/flow/backend.ts'
import type { Apart } from '../../harness/gate/classes/compare.ts'
import { differingPart } from '../../harness/gate/classes/differing/differing-part.ts'
import { randomNumbers } from '../../harness/gate/compared/random.ts'
import { randomRun } from '../helpers/random-run.ts'
import { type Dice, pickOf } from './change-rules.ts'
import { rewritten } from './harmless-rewrites.ts'
import { linesOf, randomRuleset } from './random-rulesets.ts'
import { classesApart, restoreText, worldIn } from './worlds.ts'

/**
 * Random rulesets, and the same rewritten in ways that change nothing: no flow is told apart. Of those that a rule was
 * dropped of most are, or that silence would say nothing. The long one:
 * `SIDETRACK_TWINS_CASES=2000 node test/gate/random-twins.test.ts`.
 */
const { cases, seed } = randomRun('SIDETRACK_TWINS', 12)
const most = 2000
const budget = { milliseconds: 20_000, classes: cases > 12 ? most : 150 }

/** What no twin is: of a chain that packets begin in, a rule has got lost that ends their way. */
function withoutOne(lines: readonly string[], dice: Dice): string[] | undefined {
  const ends = lines.flatMap((line, index) => (/^-A [A-Z]+ .*-j (?:DROP|REJECT|REDIRECT|DNAT)/.test(line) ? index : []))
  return ends.length === 0 ? undefined : lines.toSpliced(pickOf(ends, dice), 1)
}

/** Whether nobody can judge it for no other reason than that the kernel draws a port, on both sides alike. */
const isDrawn = ({ why, reasons }: Apart): boolean =>
  why === 'unjudged' && [...reasons.keys()].every((reason) => /the kernel (draws|choose)/.test(reason))

t.test(
  `what was rewritten and behaves alike is silent (seed ${seed})`,
  { timeout: 400_000 + cases * 5000 },
  async (t) => {
    const ways = new Set<string>()
    const alarms: string[] = []
    let classes = 0
    /** Of each ruleset that a rule was dropped of, whether that was told. */
    const dropped: boolean[] = []
    for (let turn = 0; turn < cases; turn += 1) {
      const dice = randomNumbers(seed + turn)
      const family = families[turn % 2] ?? 'ipv4'
      const backend = backends[(turn >> 1) % 2] ?? 'nft'
      const own = linesOf(randomRuleset(family, seed + turn, 6, dice))
      const twin = rewritten(own, 6, dice)
      const [was, is] = [own, twin.lines].map((lines) => worldIn(restoreText(family, ...lines), backend))
      if (was === undefined) continue
      if (is === undefined) {
        alarms.push(`${backend}, seed ${seed + turn}: cannot be read\n${twin.lines.join('\n')}`)
        continue
      }
      for (const way of twin.how) ways.add(way)
      const apart = (other: World, classes = budget.classes) => {
        const both = [was, other] as const
        const space = spaceOf(both, { families: [family], segments: true })
        const found = classesApart(both, differingPart(both, space), { ...budget, classes })
        for (;;) {
          const next = found.next()
          if (next.done || !isDrawn(next.value)) return next
        }
      }
      const less = withoutOne(own, dice)
      const lost = less && worldIn(restoreText(family, ...less), backend)
      if (lost !== undefined) dropped.push(!apart(lost, most).done)
      const next = apart(is)
      if (next.done) classes += next.value.classes
      else
        alarms.push(
          `${backend}, seed ${seed + turn} (${twin.how.join(', ')}): ${next.value.why} ${JSON.stringify(next.value.flow)}\n${own.join('\n')}\n--- rewritten\n${twin.lines.join('\n')}`,
        )
    }
    t.same(alarms, [])
    const told = dropped.filter(Boolean).length
    // Some rules are for what is never sent, or stand behind others of the same end.
    t.ok(told > 0 && told >= dropped.length / 2, `${told} of ${dropped.length} are told apart once a rule is dropped`)
    t.ok(ways.size > 6, [...ways].join(', '))
    t.ok(classes > cases * 20, `${classes} classes compared`)
  },
)
