import { formatAddressPort } from '../core/address.ts'
import { formatCredentials } from '../flow/identity.ts'
import { printCondition, printRule } from '../iptables/print.ts'
import type { Rule, Ruleset, Target } from '../iptables/tree.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Dialled, Outcome } from '../model/dial.ts'
import { turningPoints } from '../model/near-misses.ts'
import type { Prediction } from '../model/predict.ts'
import { isTracking } from '../model/tracking.ts'
import type { Step } from '../model/walk.ts'
import type { World } from '../model/world.ts'
import { describeObserved, describeStation } from '../report/words.ts'

/** How many near misses are tried for what would change the verdict. */
const mostNearMisses = 100

/** What the rules do to a flow, as a person would tell it: the flow, each rule that is tried, the verdict, the journey, and what would change it. */
export function explanation(flow: ConcreteFlow, prediction: Prediction, ruleset: Ruleset, world: World): string {
  const [first, ...later] = prediction.dials
  const parts = [
    [flowSentence(flow, world)],
    first === undefined ? [] : rulesTried(first, ruleset),
    ...later.map((dialled) => [`The proxy dials on to ${formatAddressPort(dialled.destination)}:`, ...rulesTried(dialled, ruleset)]),
    verdictOf(prediction, flow),
    first === undefined || 'unknown' in prediction ? [] : changes(flow, first, ruleset, world),
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function flowSentence({ credentials, origin, protocol, destination, source }: ConcreteFlow, world: World): string {
  const what = { tcp: 'a TCP connection', udp: 'a UDP datagram', icmp: 'an echo request' }[protocol]
  const to = formatAddressPort(destination)
  if (origin.kind === 'peer') {
    const from = source?.address === undefined ? '' : ` from ${source.address}`
    return `${capital(what)}${from} comes in by ${origin.interface} for ${to}, an address of the pod's.`
  }
  const { device, source: chosen } = world.route(destination.address)
  const groups = credentials.groups.length === 0 ? '' : ` and groups ${credentials.groups.join(', ')}`
  const verb = protocol === 'tcp' ? 'opens' : 'sends'
  const way = device === 'lo' ? 'it stays in the pod, on lo' : `the route is by ${device}`
  return `A process of UID ${credentials.uid}, GID ${credentials.gid}${groups} ${verb} ${what} from ${source?.address ?? chosen} to ${to}; ${way}.`
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

/** The rules that the first packet was held against; those of answers only where one of them stops it. */
function rulesTried({ steps }: Dialled, ruleset: Ruleset): string[] {
  if (ruleset.tables.size === 0) return [`There are no rules for ${ruleset.family}.`]
  const told = steps.filter(({ packet, truth, rule }) => packet === 'first' || (truth === true && isEnd(rule.target)))
  const untracked = isNatIdle(ruleset) ? ['  nat is not asked: no rule here needs connection tracking'] : []
  if (told.length === 0) return ['It meets no rule.', ...untracked]
  let place = ''
  const lines = told.flatMap((step) => {
    const here = `${step.table} ${step.chain}${step.chain === step.hook ? '' : `, from ${step.hook}`}${step.packet === 'first' ? '' : `, ${step.packet}`}`
    const heading = here === place ? [] : [`  ${here}`]
    place = here
    return [...heading, ...describeStep(step)]
  })
  return [...lines, ...untracked]
}

const isNatIdle = (ruleset: Ruleset): boolean =>
  isTracking(ruleset) === false && [...(ruleset.tables.get('nat')?.chains.values() ?? [])].some(({ rules }) => rules.length > 0)

const isEnd = (target: Target | undefined): boolean => target?.kind === 'drop' || target?.kind === 'reject'

function describeStep({ number, rule, truth, answers }: Step): string[] {
  const word = truth === 'unknown' ? '?' : truth ? 'yes' : 'no'
  const isNumbered = `    ${word.padEnd(4)}${String(number).padStart(3)}  ${printRule(rule) || '(nothing)'}`
  return [isNumbered, `               ${truth === true ? whyMatched(rule, answers) : whyNot(truth, answers)}`]
}

function whyMatched(rule: Rule, answers: Step['answers']): string {
  const facts = answers
    .filter(({ condition }) => condition.kind !== 'comment')
    .map(({ condition, actual }) => `${condition.option} is ${actual}`)
  return `${facts.length === 0 ? 'it asks nothing' : facts.join(', ')}: ${effect(rule.target)}`
}

function whyNot(truth: Step['truth'], answers: Step['answers']): string {
  const decisive = answers.filter((answer) => (truth === 'unknown' ? answer.truth === 'unknown' : answer.truth === false))
  return decisive
    .map(({ condition, actual }) =>
      truth === 'unknown' ? `${condition.option}: ${actual}` : `${printCondition(condition)}, but it is ${actual}`,
    )
    .join('; ')
}

function effect(target: Target | undefined): string {
  switch (target?.kind) {
    case undefined:
      return 'it is counted and goes on'
    case 'accept':
      return 'this table lets it pass'
    case 'drop':
      return 'it is dropped'
    case 'reject':
      return 'it is rejected'
    case 'return':
      return 'it goes back to where it came from'
    case 'jump':
    case 'goto':
      return `it goes on in ${target.chain}`
    case 'redirect':
    case 'dnat':
      return 'its destination is rewritten'
    case 'snat':
    case 'masquerade':
      return 'its source is rewritten'
    case 'ct':
      return 'connection tracking is told, and it goes on'
    case 'tproxy':
      return 'it is given to a transparent socket, or dropped'
    case 'log':
      return 'it is logged and goes on'
    case 'mark':
    case 'connmark':
      return 'its mark is set and it goes on'
    default:
      return 'what that does is not modelled'
  }
}

function verdictOf(prediction: Prediction, { origin }: ConcreteFlow): string[] {
  if ('unknown' in prediction) return [`Verdict: unknown, since ${prediction.unknown}.`]
  const { journey } = prediction.predicted
  const hops = journey.map(({ at, dialled, identity }, index) => {
    const sender = index === 0 && origin.kind === 'peer' ? 'the sender' : formatCredentials(identity)
    return `  ${index + 1}. ${describeStation(at)} (${sender} dialled ${formatAddressPort(dialled)})`
  })
  return [`Verdict: ${describeObserved(prediction.predicted)}`, 'Journey:', ...hops]
}

function changes(flow: ConcreteFlow, first: Dialled, ruleset: Ruleset, world: World): string[] {
  const points = turningPoints(flow, ruleset, world, first, mostNearMisses)
  if (points.length === 0) return ['No rule that was tried came within one condition of changing that.']
  return [
    'What would change it:',
    ...points.flatMap(({ step, condition, actual, outcome }) => [
      `  ${step.table} ${step.chain} rule ${step.number}: ${printRule(step.rule)}`,
      `    it asks for ${printCondition(condition)}, and the flow has ${actual}; had that matched, ${describeOutcome(outcome)}`,
    ]),
  ]
}

function describeOutcome(outcome: Outcome): string {
  if (outcome.kind === 'dropped') return 'it would be dropped'
  if (outcome.kind === 'refused') return `the ${outcome.by} would refuse it`
  return `the ${describeStation(outcome.at)} would get it at ${formatAddressPort(outcome.local)}`
}
