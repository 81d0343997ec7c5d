import { isCaptured, isOpen, plainInbound, plainOutbound } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { portWithListener } from '../listeners.ts'
import { listed } from '../../core/conjoined.ts'
import { type Answer, behaviourOf, decidingFor, decidingPlace, shownBy, type Subject } from '../subject.ts'

const inbound: FindingKind = {
  code: 'port-answers-unproxied',
  severity: 'warning',
  title: 'A port of the pod answers past the proxy',
  about:
    'A rule leaves an inbound port alone, so that whoever reaches the pod talks to the application there without mTLS, policy and telemetry. What the mesh leaves alone by itself, or by its config, is a note.',
  remedy:
    'Take the port out of what the mesh excludes, or see that the application authenticates its peers there itself.',
}

const outbound: FindingKind = {
  code: 'destination-bypasses-proxy',
  severity: 'note',
  title: 'A destination is reached past the proxy',
  about: 'A rule leaves destinations alone: ports or addresses that the pod reaches without the proxy.',
  remedy: 'Nothing, if it is what the config says; `--config` tells which exclusions are not.',
}

/** Ports and destinations that are left alone, where everything else is captured. */
export const exempt: Detector = {
  kinds: [inbound, outbound],
  *find(subject): Iterable<Finding> {
    const open = subject.answers.filter((answer) => isOpen(behaviourOf(answer)) && isOtherwiseCaptured(subject, answer))
    for (const [key, group] of Map.groupBy(open, byRule)) {
      const [first] = group
      if (first === undefined) continue
      const isIn = first.flow.origin.kind !== 'pod'
      const places = [...new Set(group.map((answer) => placeName(answer)))]
      const isMeant = isIn && group.every(({ flow }) => subject.leftAlone.includes(flow.destination.port))
      const what = isIn
        ? `inbound port${places.length === 1 ? '' : 's'} ${listed(withListeners(subject, group))} ${places.length === 1 ? 'answers' : 'answer'} past the proxy${isMeant ? ', which this mesh leaves alone' : ''}`
        : `${listed(places)} ${places.length === 1 ? 'is' : 'are'} reached past the proxy`
      yield caseOf(isIn ? inbound : outbound, {
        ...(isMeant && { severity: 'note' }),
        key: isIn ? `ports ${places.join()}` : key.slice(key.indexOf(' ') + 1),
        what,
        rules: decidingPlace(subject, first),
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

/** The ports of inbound answers, with who was seen listening there. */
const withListeners = (subject: Subject, group: readonly Answer[]): string[] => [
  ...new Set(
    group.map(({ flow: { family, protocol, destination } }) =>
      protocol === 'tcp' ? portWithListener(subject, family, destination.port) : `${destination.port}`,
    ),
  ),
]

/** Answers of one direction that one rule decides. */
function byRule(answer: Answer): string {
  const rule = decidingFor(answer)
  const { origin, family } = answer.flow
  return `${family} ${origin.kind} ${rule === undefined ? 'no rule' : `${rule.table} ${rule.text}`}`
}

function placeName({ about, flow }: Answer): string {
  if (about.kind === 'address') return about.address
  return about.kind === 'port' && about.direction === 'outbound'
    ? `${flow.protocol.toUpperCase()} port ${about.port}`
    : `${flow.destination.port}`
}
