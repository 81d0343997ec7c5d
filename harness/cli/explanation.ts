import { type Family, formatAddressPort } from '../core/address.ts'
import { toolOf } from '../flow/backend.ts'
import { formatCredentials } from '../flow/identity.ts'
import type { Ruleset } from '../iptables/tree.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { Prediction } from '../model/predict.ts'
import type { World } from '../model/world.ts'
import { describeStation } from '../report/words.ts'
import type { Capture } from '../source/capture/capture.ts'
import { changes } from './explain-changes.ts'
import { rulesTried } from './explain-steps.ts'
import { verdictLine } from './verdict-line.ts'

/**
 * What the rules do to a flow, as a person would tell it: the verdict, the flow, each rule that is tried, the journey, and what would
 * change it.
 * @param premises what the verdict rests on, a line each: whose proxy is there, and how the rules were read.
 */
export function explanation(
  flow: ConcreteFlow,
  prediction: Prediction,
  ruleset: Ruleset,
  world: World,
  premises: readonly string[],
): string {
  const last = 'unknown' in prediction && prediction.last !== undefined ? [prediction.last] : []
  const [first] = prediction.dials
  const [own, ...later] = [...prediction.dials, ...last]
  const parts = [
    [verdictLine(prediction), ...premises],
    [flowSentence(flow, world)],
    own === undefined ? [] : rulesTried(own, ruleset),
    ...later.map((dialled) => [`The proxy dials on to ${formatAddressPort(dialled.destination)}:`, ...rulesTried(dialled, ruleset)]),
    journeyOf(prediction, flow),
    first === undefined || 'unknown' in prediction ? [] : changes(flow, first, ruleset, world),
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** What there is to say of a flow whose family a captured text does not speak of: nothing is known of its rules. */
export function unspoken(
  family: Family,
  { families, isAssumed }: Pick<Capture, 'families' | 'isAssumed'>,
  premises: readonly string[],
): string {
  const tool = toolOf(family)
  return [
    `Verdict: unknown, the text has no rules for ${family}.`,
    ...premises,
    '',
    `It speaks of ${families.join(' and ')} alone. What ${tool} has is not in it: capture that with ${tool}-save.`,
    ...(isAssumed ? [`If these are the rules of ${tool}, say so with --family ${family}.`] : []),
    '',
  ].join('\n')
}

function flowSentence({ credentials, origin, protocol, destination, source }: ConcreteFlow, world: World): string {
  const what = { tcp: 'a TCP connection', udp: 'a UDP datagram', icmp: 'an echo request' }[protocol]
  const to = formatAddressPort(destination)
  if (origin.kind === 'peer') {
    const from = source?.address === undefined ? '' : ` from ${source.address}`
    return `${capital(what)}${from} comes in by ${origin.interface} for ${to}, an address of the pod's.`
  }
  if (origin.kind === 'inner') {
    const { bridge, address } = world.surrounding.inner ?? {}
    return `${capital(what)} from ${address} behind the bridge ${bridge} comes in there for ${to}.`
  }
  const { device, source: chosen } = world.route(destination.address)
  const groups = credentials.groups.length === 0 ? '' : ` and groups ${credentials.groups.join(', ')}`
  const verb = protocol === 'tcp' ? 'opens' : 'sends'
  const way = device === 'lo' ? 'it stays in the pod, on lo' : `the route is by ${device}`
  return `A process of UID ${credentials.uid}, GID ${credentials.gid}${groups} ${verb} ${what} from ${source?.address ?? chosen} to ${to}; ${way}.`
}

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

function journeyOf(prediction: Prediction, { origin }: ConcreteFlow): string[] {
  if ('unknown' in prediction) return []
  const { journey } = prediction.predicted
  const hops = journey.map(({ at, dialled, identity }, index) => {
    const sender = index === 0 && origin.kind !== 'pod' ? 'the sender' : formatCredentials(identity)
    return `  ${index + 1}. ${describeStation(at)} (${sender} dialled ${formatAddressPort(dialled)})`
  })
  return ['Journey:', ...hops]
}
