import { formatTos } from '../core/tos.ts'
import { type Family, formatAddressPort, withoutPrefix } from '../core/address.ts'
import { toolOf } from '../flow/backend.ts'
import { isBridgeName } from '../flow/bridge-names.ts'
import { formatCredentials } from '../flow/identity.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { isRouted, linkBefore } from '../flow/networks-behind.ts'
import { begunOf, type Prediction } from '../model/predict.ts'
import type { NetworkStack } from '../model/stack/network-stack.ts'
import { describeStation } from '../report/describing/stations.ts'
import type { Capture } from '../source/capture/capture.ts'
import { type ExplainedFlow, premiseLines } from './explained-flow.ts'
import { type Outcome, shareInWords } from '../model/chances.ts'
import { changeLines } from './changes.ts'
import { rulesTried } from './steps.ts'
import { whyNotLines } from './why-not-lines.ts'
import { verdictLine } from './verdict-line.ts'

/** Rows of rules that fit on a screen: for the flow's own connection, and for the proxy's dials. */
const mostRows = { first: 16, later: 10 }

/**
 * What the rules do to a flow, as a person would tell it: the verdict, why, the flow, the rules that are tried, the
 * journey, and what would change it. @param isVerbose unfolds what is folded.
 */
export function explanation(explained: ExplainedFlow, isVerbose: boolean): string {
  const { flow, prediction, ruleset, stack, premises, sentence, changes, outcomes, whyNot } = explained
  const [own, ...later] = begunOf(prediction)
  const kept = new Set(prediction.attempts.flatMap(({ deciding }) => deciding ?? []))
  const parts = [
    [verdictLine(prediction), ...premiseLines(premises)],
    [sentence],
    outcomes.map(outcomeLine),
    [flowSentence(flow, stack)],
    own === undefined ? [] : rulesTried(own, ruleset, { isVerbose, most: mostRows.first, kept }),
    ...later.map((result) => [
      `The proxy dials on to ${formatAddressPort(result.destination)}:`,
      ...rulesTried(result, ruleset, { isVerbose, most: mostRows.later, kept }),
    ]),
    journeyOf(prediction, flow),
    changes === undefined ? [] : changeLines(changes, isVerbose),
    whyNot === undefined ? [] : whyNotLines(whyNot, isVerbose),
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** For a flow whose family a captured text does not cover: its rules are unknown. */
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

export function flowSentence(
  { credentials, origin, protocol, family, destination, source, mark, tos }: ConcreteFlow,
  stack: NetworkStack,
): string {
  const kind = { tcp: 'a TCP connection', udp: 'a UDP datagram', icmp: 'an echo request' }[protocol]
  const what = tos === undefined ? kind : `${kind} with ${formatTos(tos)}`
  const to = formatAddressPort(destination)
  if (origin.kind === 'peer') {
    const from = source?.address === undefined ? '' : ` from ${source.address}`
    const { links } = stack.pod
    const own = links.find(({ name }) => name === origin.interface)
    const before = linkBefore(destination.address, links)
    if (own?.behind !== undefined && !stack.isLocal(destination.address)) {
      const sender = source?.address ?? withoutPrefix(own.peer[family])
      return `${capital(what)} from ${sender} ${behindWords(own.name)} comes in there for ${to}.`
    }
    const whose =
      before !== undefined && !stack.isLocal(destination.address)
        ? `who stands ${behindWords(before.name)}`
        : own !== undefined && isRouted(destination.address, own)
          ? 'which nobody has: a rule has to translate it'
          : "an address of the pod's"
    return `${capital(what)}${from} comes in by ${origin.interface} for ${to}, ${whose}.`
  }
  if (origin.kind === 'inner') {
    const { bridge, address } = stack.pod.inner ?? {}
    return `${capital(what)} from ${address} behind the bridge ${bridge} comes in there for ${to}.`
  }
  const { device, source: chosen } = stack.route(destination.address, { mark })
  const groups = credentials.groups.length === 0 ? '' : ` and groups ${credentials.groups.join(', ')}`
  const verb = protocol === 'tcp' ? 'opens' : 'sends'
  const way = device === 'lo' ? 'it stays in the pod, on lo' : `the route is by ${device}`
  const marked = mark === undefined ? '' : ` marked 0x${mark.toString(16)}`
  return `A process of UID ${credentials.uid}, GID ${credentials.gid}${groups} ${verb} ${what}${marked} from ${source?.address ?? chosen} to ${to}; ${way}.`
}

const behindWords = (name: string): string => `behind ${isBridgeName(name) ? 'the bridge ' : ''}${name}`

/** `One in 2: direct, …`; what no rule takes by chance is the last one. */
const outcomeLine = ({ share, prediction }: Outcome, index: number, all: readonly Outcome[]): string => {
  const which = index === all.length - 1 ? `otherwise (${shareInWords(share)})` : shareInWords(share)
  return `${capital(which)}: ${verdictLine(prediction).replace(/^Verdict: /, '')}`
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
