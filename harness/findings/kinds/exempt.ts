import type { ValueSet } from '../../classes/boxes/frame.ts'
import { isCaptured, isOpen, plainInbound, plainOutbound } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind, RulePlace } from '../finding.ts'
import { sparing } from '../sparing.ts'
import { portWithListener } from '../listeners.ts'
import { listed } from '../../core/conjoined.ts'
import { joinedValues, valuesWords } from '../values.ts'
import { type Answer, behaviourOf, decidingFor, shownBy, type Subject } from '../subject.ts'

/** Also for what a peer alone reaches so. */
export const inbound: FindingKind = {
  code: 'port-answers-unproxied',
  severity: 'warning',
  title: 'A port of the pod answers past the proxy',
  about:
    'A rule leaves an inbound port alone, so that whoever reaches the pod talks to the application there without mTLS, policy and telemetry. What the mesh leaves alone by itself, or by its config, is a note.',
  remedy:
    'Take the port out of what the mesh excludes, or see that the application authenticates its peers there itself.',
}

/** Also for what leaves by another interface. */
export const spared: FindingKind = {
  code: 'destination-bypasses-proxy',
  severity: 'note',
  title: 'A destination is reached past the proxy',
  about: 'A rule leaves destinations alone: ports or addresses that the pod reaches without the proxy.',
  remedy: 'Nothing, if it is what the config says; `--config` tells which exclusions are not.',
}

/** Ports and destinations that are left alone, where everything else is captured. */
export const exempt: Detector = {
  kinds: [inbound, spared],
  *find(subject): Iterable<Finding> {
    const open = subject.answers.filter((answer) => isOpen(behaviourOf(answer)) && isOtherwiseCaptured(subject, answer))
    const byCause = [...Map.groupBy(open, (answer) => causeOf(subject, answer)).values()]
    for (const group of byChain(subject, byCause)) {
      const [first] = group
      if (first === undefined) continue
      const isIn = first.flow.origin.kind !== 'pod'
      const places = placesOf(group)
      const isMeant = isIn && isLeftAlone(subject, first)
      const what = isIn
        ? `inbound ${portsInWords(subject, group)} past the proxy${isMeant ? ', which this mesh leaves alone' : ''}`
        : `${places.join(', and ')} ${isOne(group) ? 'is' : 'are'} reached past the proxy`
      yield caseOf(isIn ? inbound : spared, {
        ...(isMeant && { severity: 'note' }),
        key: isIn ? `ports ${group.map(({ flow }) => flow.destination.port).join()}` : outboundKey(group),
        what,
        rules: rulesOf(subject, group),
        shown: shownBy(first),
      })
    }
  },
}

/** Whether plain traffic of the same direction and protocol is captured. */
export function isOtherwiseCaptured(subject: Subject, { about, flow }: Answer): boolean {
  if (about.kind === 'address')
    return !subject.stack.isLocal(about.address) && isCaptured(plainOutbound(subject, flow.family))
  if (about.kind !== 'port') return false
  return isCaptured(
    about.direction === 'inbound'
      ? plainInbound(subject, flow.family)
      : plainOutbound(subject, flow.family, flow.protocol),
  )
}

const valuesIn = (group: readonly Answer[], kind: 'port' | 'address'): ValueSet | undefined =>
  joinedValues(group.flatMap(({ about }) => (about.kind === kind ? about.values : [])))

/** Whether a group is of one port, or of one range of addresses. */
const isOne = (group: readonly Answer[]): boolean =>
  (valuesIn(group, 'port')?.size ?? 0) + (valuesIn(group, 'address')?.intervals.length ?? 0) === 1

/** All of its ports are such as the mesh leaves alone. */
function isLeftAlone({ leftAlone }: Subject, { about }: Answer): boolean {
  if (about.kind !== 'port') return false
  const { values } = about
  return leftAlone.filter((port, at) => values.contains(port) && leftAlone.indexOf(port) === at).length === values.size
}

/** `ports 80 and 443 answer`; with who was seen listening there, where they are few. */
function portsInWords(subject: Subject, group: readonly Answer[]): string {
  const values = valuesIn(group, 'port')
  const [first] = group
  if (values === undefined || first === undefined) return 'ports answer'
  const { family } = first.flow
  const answer = values.size === 1 ? 'answers' : 'answer'
  const singles = values.intervals.every((each) => each.first === each.last)
  const told = values.intervals.map((each) => portWithListener(subject, family, Number(each.first)))
  const isKnown = told.some((text) => text.includes('('))
  return isKnown && singles && told.length <= mostPorts
    ? `port${told.length === 1 ? '' : 's'} ${listed(told)} ${answer}`
    : `${valuesWords('dport', values, family, 'port')} ${answer}`
}

/** Ports of which it is said who listens there. */
const mostPorts = 5

/** Inbound ports are told together that the mesh or its config leaves alone, and those that neither does; others by rule. */
function causeOf(subject: Subject, answer: Answer): string {
  const { origin, family } = answer.flow
  if (origin.kind !== 'pod') return `${family} in ${isLeftAlone(subject, answer)} ${subject.isConfigured(answer.flow)}`
  const rule = decidingFor(answer)
  return `${family} ${rule === undefined ? 'no rule' : `${rule.table} ${rule.text}`}`
}

/** So many are no single exclusion: what made the chain was given a list. */
const fewestTogether = 3

/** Groups of one rule each, those of a chain that has many such rules as one. */
function byChain(subject: Subject, groups: readonly (readonly Answer[])[]): (readonly Answer[])[] {
  const chainOf = ([first]: readonly Answer[]): string => {
    const rule = first?.flow.origin.kind === 'pod' ? decidingFor(first) : undefined
    return rule === undefined || first === undefined
      ? ''
      : `${first.flow.family} ${rule.table} ${rule.chain} ${subject.isConfigured(first.flow)}`
  }
  return [...Map.groupBy(groups, chainOf)].flatMap(([chain, some]) =>
    chain === '' || some.length < fewestTogether ? some : [some.flat()],
  )
}

function outboundKey(group: readonly Answer[]): string {
  const rules = new Map(group.flatMap((answer) => decidingFor(answer) ?? []).map((rule) => [rule.text, rule]))
  const [first] = rules.values()
  if (first === undefined) return 'rule'
  return `${first.table} ${rules.size === 1 ? first.text : `-A ${first.chain}`}`
}

/** Those that leave a group alone, each once. */
function rulesOf(subject: Subject, group: readonly Answer[]): RulePlace[] {
  const all = group.flatMap((answer) => sparing(subject, answer))
  return [...new Map(all.map((place) => [`${place.table} ${place.chain} ${place.rule}`, place])).values()]
}

/** `TCP ports 80 and 443`, `10.0.0.0/8` */
function placesOf(group: readonly Answer[]): string[] {
  const byProtocol = Map.groupBy(group, ({ about, flow }) => (about.kind === 'port' ? flow.protocol : 'address'))
  return [...byProtocol].flatMap(([protocol, own]) => {
    const values = valuesIn(own, protocol === 'address' ? 'address' : 'port')
    const family = own[0]?.flow.family ?? 'ipv4'
    if (values === undefined) return []
    return protocol === 'address'
      ? valuesWords('daddr', values, family)
      : valuesWords('dport', values, family, `${protocol.toUpperCase()} port`)
  })
}
