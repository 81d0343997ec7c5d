import { families, type Family } from '../../core/address.ts'
import { isCapturing } from '../../flow/listener.ts'
import { isCapturedAs, isOpen, plainAnswer } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { takenBy } from '../questions/question.ts'
import { type Answer, behaviourOf, decidingPlace, shownBy, type Subject } from '../subject.ts'

type Direction = 'outbound' | 'inbound'
const directions = ['outbound', 'inbound'] as const

const uncaptured: Readonly<Record<Direction, FindingKind>> = {
  outbound: {
    code: 'outbound-not-captured',
    severity: 'error',
    title: 'Nothing that the pod sends is captured',
    about:
      'Of all flows that were asked about, none from the pod reaches the proxy. The rules are not there, nothing jumps to them, or what stands before them takes everything.',
    remedy:
      'See whether the init container has run to its end and whether OUTPUT of table nat jumps to the chain of the mesh.',
  },
  inbound: {
    code: 'inbound-not-captured',
    severity: 'error',
    title: 'Nothing that comes into the pod is captured',
    about:
      'Of all flows that were asked about, none to the pod reaches the proxy, so that peers are answered without mTLS and policy.',
    remedy:
      'See whether PREROUTING jumps to the chain of the mesh, and whether the ports that it captures are those of the application.',
  },
}

const leftOpen: Readonly<Record<Family, FindingKind>> = {
  ipv4: openKind('ipv4', 'IPv4'),
  ipv6: openKind('ipv6', 'IPv6'),
}

function openKind(family: Family, name: string): FindingKind {
  const other = family === 'ipv4' ? 'IPv6' : 'IPv4'
  return {
    code: `${family}-left-open`,
    severity: 'warning',
    title: `${name} is not captured, and ${other} is`,
    about: `The rules capture ${other} alone. Whoever resolves a name to an ${name} address, or listens on one, goes past the proxy.`,
    remedy: `Have the mesh capture both (Istio: dual stack), or give the pod no ${name} address.`,
  }
}

const onlySome: FindingKind = {
  code: 'others-bypass-proxy',
  severity: 'warning',
  title: 'Only what some users send is captured',
  about:
    'A rule captures what is sent as one UID or GID, or lets everybody else go. Whatever other process the pod has, its traffic leaves without mTLS, policy and telemetry.',
  remedy:
    'Nothing, if it is meant so, as for debugging. Otherwise have the rules spare the user and group of the proxy alone.',
}

/** A direction, or a family, of which nothing is captured. */
export const leftOpenDetector: Detector = {
  kinds: [...Object.values(uncaptured), ...Object.values(leftOpen), onlySome],
  *find(subject): Iterable<Finding> {
    const wanted = directions.filter((direction) =>
      subject.profile.listeners.filter(isCapturing).some(({ captures }) => takenBy[direction].includes(captures)),
    )
    for (const family of subject.families) {
      const open = wanted.filter(
        (direction) => !mayCapture(subject, family, direction) && isPlainOpen(subject, family, direction),
      )
      const isNothing = !wanted.some((direction) => mayCapture(subject, family, direction))
      const isOtherwise = families.some(
        (other) => other !== family && wanted.some((direction) => captures(subject, other, direction)),
      )
      if (open.length > 0 && isNothing && isOtherwise) yield wholeFamily(subject, family, open)
      else for (const direction of open) yield wholeDirection(subject, family, direction)
      yield* whoAlone(subject, family)
    }
  },
}

function wholeFamily(subject: Subject, family: Family, [direction]: readonly Direction[]): Finding {
  const answer = direction && plainAnswer(subject, family, direction)
  const isPromised = subject.profile.families.includes(family)
  return caseOf(leftOpen[family], {
    severity: isPromised ? 'warning' : 'note',
    key: family,
    what: `nothing of ${family === 'ipv4' ? 'IPv4' : 'IPv6'} is captured${isPromised ? '' : ', which the mesh does not promise here'}`,
    rules: answer === undefined ? [] : decidingPlace(subject, answer),
    shown: answer && shownBy(answer),
  })
}

function wholeDirection(subject: Subject, family: Family, direction: Direction): Finding {
  const answer = plainAnswer(subject, family, direction)
  const isConfigured = subject.profile.onlyConfigured?.includes(direction) === true
  return caseOf(uncaptured[direction], {
    severity: isConfigured ? 'note' : 'error',
    key: direction,
    what: `${direction === 'outbound' ? 'what the pod sends' : 'what comes into the pod'} is not captured${isConfigured ? ': this mesh captures only what it is told to' : ''}`,
    rules: answer === undefined ? [] : decidingPlace(subject, answer),
    shown: answer && shownBy(answer),
  })
}

/** Where whoever no rule names goes past the proxy, and somebody whom one names does not. */
function* whoAlone(subject: Subject, family: Family): Iterable<Finding> {
  const plain = plainAnswer(subject, family, 'outbound')
  if (plain === undefined || !isOpen(behaviourOf(plain))) return
  const taken = subject.answers.find(
    (answer) =>
      answer.flow.family === family &&
      answer.about.kind === 'identity' &&
      ['uid', 'gid', 'both'].includes(answer.about.of) &&
      isCapturedAs('outbound', behaviourOf(answer), subject.profile),
  )
  if (taken === undefined) return
  const { uid, gid } = taken.flow.credentials
  const { uid: otherUid, gid: otherGid } = plain.flow.credentials
  const ids = [...(uid === otherUid ? [] : [`UID ${uid}`]), ...(gid === otherGid ? [] : [`GID ${gid}`])]
  yield caseOf(onlySome, {
    key: ids.join(' '),
    what: `what is sent as ${ids.join(' and ')} is captured, and what an application of another user sends is not`,
    rules: decidingPlace(subject, plain),
    shown: shownBy(plain),
  })
}

/** What is said of a direction; what the pod sends to itself goes nowhere. */
const answersOf = ({ answers, stack }: Subject, family: Family, direction: Direction): Answer[] =>
  answers.filter(
    ({ about, flow }) =>
      flow.family === family &&
      about.kind !== 'proxy' &&
      !(direction === 'outbound' && stack.isLocal(flow.destination.address)) &&
      (flow.origin.kind === 'pod') === (direction === 'outbound'),
  )

/** Whether anything at all of a direction is captured. */
const captures = (subject: Subject, family: Family, direction: Direction): boolean =>
  answersOf(subject, family, direction).some((answer) => isCapturedAs(direction, behaviourOf(answer), subject.profile))

/** The same, or of some of it nobody knows what becomes of it. */
const mayCapture = (subject: Subject, family: Family, direction: Direction): boolean =>
  captures(subject, family, direction) ||
  answersOf(subject, family, direction).some((answer) => behaviourOf(answer) === undefined)

function isPlainOpen(subject: Subject, family: Family, direction: Direction): boolean {
  const answer = plainAnswer(subject, family, direction)
  return answer !== undefined && isOpen(behaviourOf(answer))
}
