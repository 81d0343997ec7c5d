import { subtract } from '../classes/boxes/boxes.ts'
import { classOf, type FlowClass } from '../classes/class-of.ts'
import { flowClasses, type Coverage } from '../classes/flow-classes.ts'
import { type Box, type Dimension, frameText } from '../classes/boxes/frame.ts'
import { spaceOf } from '../classes/space/space.ts'
import { widestOf } from '../classes/boxes/widest.ts'
import { plainestOf } from '../classes/witness.ts'
import type { World } from '../classes/space/world.ts'
import { decidingRule } from '../flow/matched-rule.ts'
import { IntervalSet, type Scalar } from '../netfilter/interval-set.ts'
import type { Prediction } from '../model/predict.ts'
import { isInDoubt, predictedRules } from '../run/predict/decided-by.ts'
import { type Fate, isAnswer, type Question, type RulePlace, type Who } from './question.ts'

/** Flows that answer a question, and that fare alike. */
export interface Answer {
  /** As wide as it goes. */
  box: Box
  /** The plainest flow of it, with what the model says. */
  example: FlowClass
}

/** What a question finds in the model. */
export interface Search {
  answers: readonly Answer[]
  /** Every class of the flows that were asked about. */
  classes: readonly FlowClass[]
  /** All flows of the kinds that were asked about, whoever sends them. */
  space: readonly Box[]
  coverage: Coverage
}

/**
 * Somebody waits for the answer: a mesh's rules take a second or two, and of a node's services what is found in a few is
 * told, as part of all. Members of sets are told by some of them.
 */
export const most = { classes: 20_000, milliseconds: 4_000, samples: 1000 }

/** Of so many kinds of answers the plainest example is looked for: nobody reads those of thousands. */
const mostExamples = 400

/** Asks the model which flows answer a question. @throws where the model itself fails. */
export function search(question: Question, world: World): Search {
  const { families, origins, protocols } = question
  const all = spaceOf([world], { tos: true, ...(families && { families }), ...(origins && { origins }) })
  const space = all.filter((box) => (protocols?.includes(box.frame.protocol) ?? true) && cut(box, question).length > 0)
  const { classes, coverage } = classesFor(
    question,
    space.flatMap((box) => cut(box, question)),
    world,
  )
  const right = classes.filter(
    ({ predictions: [prediction] }) => prediction !== undefined && isAnswer(question, fateOf(prediction)),
  )
  const groups = [...Map.groupBy(right, likeness).values()]
  const isFew = groups.length <= mostExamples
  const answers = groups.flatMap((group) => answersOf(group, space, world, isFew))
  return { answers: answers.toSorted(byInterest), classes, space, coverage }
}

/**
 * Every class of some flows. Which rule decides takes most of the time: it is found out of those flows alone that
 * answer the rest of the question, or may.
 */
function classesFor(
  question: Question,
  space: readonly Box[],
  world: World,
): { classes: FlowClass[]; coverage: Coverage } {
  const { decidedBy, ...others } = question
  const isOpen = (prediction: Prediction): boolean =>
    isAnswer(others, fateOf(prediction)) &&
    (decidedBy === undefined || decidedBy === 'none' || isMatched(decidedBy, prediction))
  return collect(flowClasses([world], space, { ...most, byRule: 'own', asksRuleOf: isOpen }))
}

function collect(found: ReturnType<typeof flowClasses>): { classes: FlowClass[]; coverage: Coverage } {
  const classes: FlowClass[] = []
  let next = found.next()
  for (; !next.done; next = found.next()) classes.push(next.value)
  return { classes, coverage: next.value }
}

/** Whether a rule matched at a place, or may have: one that did not has decided nothing. */
const isMatched = ({ table, chain, rule }: RulePlace, { attempts }: Prediction): boolean =>
  attempts.some(({ steps }) =>
    steps.some(
      (step) =>
        step.truth !== false &&
        step.table === table &&
        step.chain === chain &&
        (rule === undefined || step.number === rule),
    ),
  )

/** What the model says, as a question has it. */
export function fateOf(prediction: Prediction): Fate {
  if ('unknown' in prediction) return { observed: { unknown: prediction.unknown }, matched: undefined }
  return { observed: prediction.predicted, matched: isInDoubt(prediction) ? undefined : predictedRules(prediction) }
}

/** The flows of a box that the question is about; of each part the answer is the same to what it asks about ports. */
function cut(box: Box, { identity, notIdentity, reaches }: Question): Box[] {
  if ((identity !== undefined || notIdentity !== undefined) && box.frame.origin.kind !== 'pod') return []
  let parts = [box]
  if (identity !== undefined) parts = parts.flatMap((part) => narrowed(part, identity))
  if (notIdentity !== undefined)
    parts = parts.flatMap((part) =>
      narrowed(part, notIdentity).reduce<Box[]>((left, hole) => left.flatMap((piece) => subtract(piece, hole)), [part]),
    )
  if (typeof reaches === 'number') {
    parts = parts.flatMap((part) => {
      const own = only(part, 'dport', reaches)
      return own.flatMap((one) => [one, ...subtract(part, one)]).concat(own.length === 0 ? [part] : [])
    })
  }
  return parts
}

const narrowed = (box: Box, { uid, gid }: Who): Box[] =>
  only(box, 'uid', uid).flatMap((part) => (gid === undefined ? part : only(part, 'gid', gid)))

/** The flows of a box that have one value in a dimension; none where it has no such flows. */
function only(box: Box, dimension: Dimension, value: Scalar): Box[] {
  const set = box.in[dimension]
  if (set === undefined || !set.contains(value)) return []
  return [
    { frame: box.frame, in: { ...box.in, [dimension]: IntervalSet.of(set.domain, { first: value, last: value }) } },
  ]
}

/**
 * What answers have in common that are told as one: the same end, by the same rule. Ports of the proxy's own are alike.
 */
function likeness({ box: { frame }, predictions: [prediction] }: FlowClass): string {
  const { observed, matched } = fateOf(prediction as Prediction)
  if ('unknown' in observed) return `${frameText(frame)} ${observed.unknown}`
  const { verdict, listener, answeredBy, refusedBy, translatedTo, notes, journey } = observed
  const deciding = matched && decidingRule(matched)
  const end = answeredBy?.startsWith('envoy-') ? 'envoy' : [answeredBy, ...journey.slice(1).map(({ at }) => at)]
  return JSON.stringify([
    frameText(frame),
    verdict,
    listener,
    refusedBy,
    translatedTo,
    notes,
    end,
    deciding && [deciding.table, deciding.chain, deciding.rule],
  ])
}

/** @param isPlain whether their examples are the plainest of all their flows; otherwise they may be of one class's. */
function answersOf(group: readonly FlowClass[], space: readonly Box[], world: World, isPlain: boolean): Answer[] {
  const [only, ...others] = group
  if (!isPlain && only !== undefined && others.length === 0) return [{ box: only.box, example: only }]
  const boxes = widestOf(
    group.map(({ box }) => box),
    space,
  )
  return boxes.map((box) => ({ box, example: classOf(plainestOf(box, world), box, [world], { byRule: 'own' }) }))
}

/** What leaves the pod before what stays in it, TCP before the rest, and the widest first. */
function byInterest(a: Answer, b: Answer): number {
  return rank(a) - rank(b)
}

function rank({
  box: { frame },
  example: {
    predictions: [prediction],
  },
}: Answer): number {
  const protocol = ['tcp', 'udp', 'icmp'].indexOf(frame.protocol)
  const isOutward =
    prediction !== undefined && 'predicted' in prediction && prediction.predicted.journey.at(-1)?.at === 'peer'
  const isOwn =
    prediction !== undefined &&
    'predicted' in prediction &&
    prediction.predicted.answeredBy?.startsWith('envoy-') === true
  return (
    protocol * 10 +
    (frame.family === 'ipv4' ? 0 : 5) +
    (frame.origin.kind === 'pod' ? 0 : 2) +
    (isOutward ? 0 : 1) +
    (isOwn ? 1 : 0)
  )
}
