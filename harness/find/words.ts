import { formatAddressPort } from '../core/address.ts'
import type { Coverage } from '../classes/flow-classes.ts'
import { type Frame, frameText } from '../classes/boxes/frame.ts'
import { rangesOf, rangesText } from '../classes/words.ts'
import { premiseLines, type Premises } from '../explain/explained-flow.ts'
import { formatTos } from '../core/tos.ts'
import { tosWords } from '../netfilter/tos-words.ts'
import { formatCredentials } from '../flow/identity.ts'
import { decidingRule } from '../flow/matched-rule.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import { describePlace } from '../report/describing/deciding.ts'
import { describeObserved } from '../report/describing/describe-observed.ts'
import { describeStation } from '../report/describing/stations.ts'
import { plural } from '../core/plural.ts'
import { conjoined } from '../core/conjoined.ts'
import type { Witnessed } from '../run/witnesses/witness-pod.ts'
import { seenFate } from './confirm.ts'
import type { Found } from './find.ts'
import { type Fate, questionText } from './question.ts'
import { fateOf, most } from './search.ts'

/** How many answers fit on a screen. */
const mostShown = 8
/** How many reasons are told why nothing is predicted. */
const mostUnknown = 5
/** How many flows are told of which kernel and model do not say the same. */
const mostDisagreements = 5

/** What a question has found, as a person would tell it. @param isVerbose tells all of it. */
export function foundText(found: Found, premises: Premises, isVerbose: boolean): string {
  const { answers } = found
  const shown = isVerbose ? answers : answers.slice(0, mostShown)
  const more = answers.length - shown.length
  const parts = [
    [headline(found), ...unfinished(found), ...premiseLines(premises)],
    ...shown.map((answer, index) => answerLines(answer, index + 1, found)),
    more === 0 ? [] : [`… and ${more} more; --verbose tells them`],
    coverageLines(found, isVerbose),
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function headline({ answers, question, coverage }: Found): string {
  const isSure = coverage.left.length === 0 && coverage.unknown.size === 0
  const least = coverage.left.length === 0 ? '' : 'at least '
  if (answers.length > 0)
    return `Found ${least}${plural(answers.length, 'kind')} of flows that ${questionText(question)}.`
  return `Found no flows that ${questionText(question)}${isSure ? '' : ', as far as is known'}.`
}

/** That the search has not come to its end: who reads no further knows that there may be more. */
function unfinished({ coverage: { classes, spent } }: Found): string[] {
  if (spent === undefined) return []
  const why =
    spent === 'samples'
      ? `what differs in little but the members of large sets is told by ${most.samples} classes`
      : `after ${classesText(classes)} the search has ended; ask about less, such as one --proto or one --identity`
  return [`not all: ${why}`]
}

function answerLines({ box, example, seen }: Found['answers'][number], number: number, { space }: Found): string[] {
  const { protocol, family, origin, likeTos } = box.frame
  const ranges = rangesText(rangesOf(box, space))
  const fate = (seen && seenFate(seen)) ?? fateOf(example.predictions[0] as (typeof example.predictions)[0])
  const place =
    origin.kind === 'pod'
      ? ''
      : origin.kind === 'peer'
        ? `, coming in by ${origin.interface}`
        : ', from behind the bridge'
  const set = likeTos && tosWords(likeTos, protocol)
  const sockets = set === undefined ? [] : [`sockets with ${set}`]
  return [
    `${number}. ${[`${protocol} ${family}${place}`, ...sockets, ...(ranges === '' ? ['all'] : [ranges])].join(', ')}`,
    `   ${fateText(fate)}`,
    `   such as ${flowText(example.witness)}${seenText(seen)}`,
  ]
}

/** `direct, answered by the peer; nat OSM_PROXY_OUTBOUND rule 3: -A …` */
function fateText({ observed, matched }: Fate): string {
  if ('unknown' in observed) return `not known: ${observed.unknown}`
  const rule = matched && decidingRule(matched)
  const { journey, originalDestination: _, ...verdict } = observed
  const by =
    matched === undefined
      ? 'it is not known by which rule'
      : rule === undefined
        ? 'no rule decides'
        : `by ${describePlace(rule)}`
  // Ports of the proxy's own are told together, whoever has them.
  if (observed.answeredBy?.startsWith('envoy-')) return `${verdict.verdict}, answered by the proxy itself; ${by}`
  const [, ...later] = journey.map(({ at }) => describeStation(at))
  const on = later.length === 0 ? [] : [`then ${later.join(', then ')}`]
  return [[describeObserved({ ...verdict, journey }, journey[0]?.local?.port), ...on].join(', '), by].join('; ')
}

function seenText(seen: Witnessed | undefined): string {
  if (seen === undefined) return ''
  if ('error' in seen.result) return `; it could not be sent: ${seen.result.error}`
  if (seen.isAsPredicted) return '; seen so in the kernel'
  return '; the kernel does this, and the model says something else'
}

/** Who sends it, and where to. */
function flowText({ credentials, origin, protocol, destination, source, mark, tos }: ConcreteFlow): string {
  const who =
    origin.kind === 'pod'
      ? formatCredentials(credentials)
      : origin.kind === 'peer'
        ? `${origin.interface}'s peer`
        : 'the namespace behind the bridge'
  const { address, port } = source ?? {}
  const from =
    source === undefined
      ? ''
      : ` from ${address === undefined ? `port ${port}` : formatAddressPort({ address, port: port ?? 0 })}`
  const set = [...(mark === undefined ? [] : [`mark 0x${mark.toString(16)}`]), ...(tos ? [formatTos(tos)] : [])]
  return [`${who} ${protocol}${from} to ${formatAddressPort(destination)}`, ...set].join(', ')
}

/** How far the search went, what was driven, and what neither says anything of. */
function coverageLines({ coverage, space, answers, driven, disagreements }: Found, isVerbose: boolean): string[] {
  const { classes, left } = coverage
  const frames = [...new Map(space.map(({ frame }) => [frameText(frame), frame])).values()]
  return [
    `Looked at: ${kindsText(frames)}. These rules tell ${classesText(classes)} of such flows apart${left.length === 0 ? ', and every flow is in one' : ''}.`,
    ...unknownLines(coverage, isVerbose),
    ...(driven === undefined
      ? ['Nothing was sent: this is what the model says.']
      : [
          `${plural(driven.flows.length, 'flow')} sent, with iptables-${driven.backend} ${driven.version}: ${agreement(driven.flows.length, disagreements.length, answers.length, classes)}`,
        ]),
    ...disagreements.slice(0, mostDisagreements).map(disagreement),
    'Not looked at: other protocols, ports on which nobody listens, sockets that are bound to an interface, several supplementary groups at once.',
  ]
}

const agreement = (flows: number, wrong: number, answers: number, classes: number): string => {
  const each = flows < classes ? `one of each of ${flows} classes` : 'one of each class'
  const which = answers === 0 ? `, ${each}` : flows < answers ? `, one of each of ${plural(flows, 'kind')}` : ''
  return wrong === 0 ? `all fare as predicted${which}.` : `${wrong} of them not as predicted${which}:`
}

function disagreement({ flow, result, prediction }: Witnessed): string {
  const seen = 'error' in result ? result.error : describeObserved(result.observed)
  const said = 'unknown' in prediction ? prediction.unknown : describeObserved(prediction.predicted)
  return `  ${flowText(flow)}: ${seen}; predicted: ${said}`
}

function unknownLines({ unknown }: Coverage, isVerbose: boolean): string[] {
  const known = [...unknown].sort(([, a], [, b]) => b - a)
  const shown = isVerbose ? known : known.slice(0, mostUnknown)
  const more = known.slice(shown.length).reduce((sum, [, count]) => sum + count, 0)
  return [
    ...shown.map(([why, count]) => `Of ${classesText(count)} nothing is predicted: ${why}.`),
    ...(more === 0
      ? []
      : [
          `Nor of ${classesText(more)} more, for ${plural(known.length - shown.length, 'other reason')}; --verbose tells them.`,
        ]),
  ]
}

/** `TCP, UDP and echo requests, IPv4, from processes in the pod and by eth0` */
function kindsText(frames: readonly Frame[]): string {
  const protocols = [
    ...new Set(frames.map(({ protocol }) => ({ tcp: 'TCP', udp: 'UDP', icmp: 'echo requests' })[protocol])),
  ]
  const families = [...new Set(frames.map(({ family }) => ({ ipv4: 'IPv4', ipv6: 'IPv6' })[family]))]
  const origins = [
    ...new Set(
      frames.map(({ origin }) =>
        origin.kind === 'pod'
          ? 'from processes in the pod'
          : origin.kind === 'peer'
            ? `what comes in by ${origin.interface}`
            : 'from behind the bridge',
      ),
    ),
  ]
  return [conjoined(protocols), conjoined(families), conjoined(origins)].join(', ')
}

const classesText = (count: number): string => plural(count, 'class', 'classes')
