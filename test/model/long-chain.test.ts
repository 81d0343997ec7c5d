import fc from 'fast-check'
import t from 'tap'
import { flowAt } from '../../harness/classes/space/flow-at.ts'
import { spaceOf } from '../../harness/classes/space/space.ts'
import { predict } from '../../harness/model/predict.ts'
import { somePoint, toldApart } from '../classes/some-point.ts'
import { fate, holdClasses, worldIn } from '../classes/strays.ts'

const number = (max: number) => fc.integer({ min: 0, max })
const network = fc
  .tuple(number(3), number(3), fc.constantFrom(14, 16, 24, 30, 31, 32))
  .map(([a, b, bits]) => `10.${a}.0.${b}/${bits}`)
const ranged = fc.tuple(number(40), number(3)).map(([first, more]) => `${2000 + first}:${2000 + first + more}`)
const maybe = (text: fc.Arbitrary<string>, often = 1) =>
  fc.oneof({ arbitrary: text, weight: often }, { arbitrary: fc.constant(''), weight: 1 })

/** A rule that asks for an address, a port or an account, or for all that is but one. */
const rule = fc
  .tuple(
    maybe(
      fc.tuple(maybe(fc.constant('! ')), network).map(([not, to]) => `${not}-d ${to}`),
      3,
    ),
    maybe(network.map((from) => `-s ${from}`)),
    fc.oneof(
      ranged.map((range) => `-p tcp --dport ${range}`),
      fc.tuple(number(40), number(40)).map(([a, b]) => `-p udp -m multiport --dports ${2000 + a},${2000 + b}`),
      number(40).map((port) => `-p tcp --sport ${40_000 + port}`),
      fc.constant(''),
    ),
    maybe(number(40).map((uid) => `-m owner --uid-owner ${1000 + uid}`)),
    fc.constantFrom('RETURN', 'ACCEPT', 'MARK --set-mark 1', 'OTHER'),
  )
  .filter(([to, , port, owner]) => (to + port + owner).length > 0)
  .map(([...parts]) => `-A LONG ${parts.slice(0, -1).filter(Boolean).join(' ')} -j ${parts.at(-1)}`)

const textOf = (rules: readonly string[]): string =>
  [
    '*nat',
    ':LONG - [0:0]',
    ':OTHER - [0:0]',
    '-A OUTPUT -j LONG',
    '-A OUTPUT -p tcp -j REDIRECT --to-ports 15001',
    ...rules,
    '-A OTHER -p tcp --dport 2010:2020 -j ACCEPT',
    'COMMIT',
    '',
  ].join('\n')

/** Numbers from 0 up to 1, the same for one seed. */
function diceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const times = Number(process.env.SIDETRACK_LONG_CHAINS ?? 12)

t.test('what a long chain does to a flow is the same, whether its rules are gone through or looked up', async (t) => {
  const chains = fc.array(rule, { minLength: 240, maxLength: 260, size: 'max' })
  fc.assert(
    fc.property(chains, fc.integer(), (rules, seed) => {
      const world = worldIn({
        rules: [{ form: 'restore', family: 'ipv4', payload: textOf(rules) }],
        flows: [],
        inner: false,
      })
      const roll = diceOf(seed)
      const told = toldApart([world])
      const boxes = spaceOf([world], { families: ['ipv4'], origins: [{ kind: 'pod' }] })
      const flows = Array.from({ length: 30 }, (_, index) => {
        const box = boxes[index % boxes.length]
        if (box === undefined) throw new Error('no flows')
        return flowAt(box.frame, somePoint(box, told, roll))
      })
      for (const flow of flows) {
        const [looked, gone] = (['matched', 'all'] as const).map((keeps) => {
          const prediction = predict(flow, world.rulesets, world.stack, { keeps })
          const matched = prediction.attempts.map(({ steps }) =>
            steps.filter(({ truth }) => truth !== false).map(({ chain, number, packet }) => [chain, number, packet]),
          )
          return [fate(prediction), 'unknown' in prediction ? [] : matched]
        })
        t.same(looked, gone, JSON.stringify(flow))
      }
      const held = holdClasses('ipv4', flows, [world], { next: () => ({ done: false, value: roll() }) })
      t.ok(held > 0, `${held} flows are held against the classes of others`)
    }),
    { numRuns: times, endOnFailure: true },
  )
})
