import { families, type Family } from '../../core/address.ts'
import { conjoined } from '../../core/conjoined.ts'
import { dnsPort, isCapturing } from '../../flow/listener.ts'
import { isCaptured, isCapturedAs, isOpen, plainAnswer } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { allRules } from '../rules.ts'
import { joinedValues, valuesWords } from '../values.ts'
import { asOption, whatGoes } from '../words.ts'
import { documented } from '../options.ts'
import { distinguishing } from '../sparing.ts'
import { type Answer, behaviourOf, decidingPlace, shownBy, type Subject } from '../subject.ts'

export type Direction = 'outbound' | 'inbound'
const directions = ['outbound', 'inbound'] as const

/** Of a direction nothing is captured, or a part alone. */
export const uncaptured: Readonly<Record<Direction, FindingKind>> = {
  outbound: {
    code: 'outbound-not-captured',
    severity: 'error',
    title: 'Nothing that the pod sends is captured, or only a part of it',
    about:
      'As an error: of all flows that were asked about, none from the pod reaches the proxy. The rules are not there, nothing jumps to them, or what stands before them takes everything. As a warning: rules take only some ports, addresses, interfaces or marks, and whatever an application sends besides leaves without mTLS, policy and telemetry. Where the mesh has an option for just that, it is a note.',
    remedy:
      'See whether the init container has run to its end and whether OUTPUT of table nat jumps to the chain of the mesh. Of a part, see which of its options names it, and whether it names all that is meant.',
  },
  inbound: {
    code: 'inbound-not-captured',
    severity: 'error',
    title: 'Nothing that comes into the pod is captured, or only a part of it',
    about:
      'As an error: of all flows that were asked about, none to the pod reaches the proxy, so that peers are answered without mTLS and policy. As a warning: so it is with what comes to other ports, from other addresses or by another interface than rules take. Where the mesh has an option for just that, it is a note.',
    remedy:
      'See whether PREROUTING jumps to the chain of the mesh, and whether the ports, sources and interfaces that it captures are all that the application has.',
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
      subject.profile.listeners.filter(isCapturing).some(({ captures }) => captures === direction),
    )
    for (const family of subject.families) {
      const open = wanted.filter(
        (direction) => !mayCapture(subject, family, direction) && isPlainOpen(subject, family, direction),
      )
      const isNothing = !wanted.some((direction) => mayCapture(subject, family, direction))
      const isOtherwise = families.some(
        (other) => other !== family && wanted.some((direction) => captures(subject, other, direction)),
      )
      if (open.length > 0 && isOfNode(subject)) yield nodesOwn(subject, family)
      else if (open.length > 0 && isNothing && isOtherwise) yield wholeFamily(subject, family, open)
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

/**
 * Whether the text has rules for what leaves a machine alone, as a node of ambient mode has them for its probes: none of
 * them could capture anything.
 */
const isOfNode = ({ families: known, rulesets }: Subject): boolean => {
  const hooks = known.flatMap((family) =>
    [...rulesets[family].tables.values()].flatMap(({ chains }) =>
      [...chains.values()].flatMap(({ base, rules }) => (base !== undefined && rules.length > 0 ? base.hook : [])),
    ),
  )
  return hooks.length > 0 && hooks.every((hook) => hook === 'POSTROUTING')
}

function nodesOwn(subject: Subject, family: Family): Finding {
  const [first] = allRules(subject.rulesets[family])
  return caseOf(uncaptured.outbound, {
    severity: 'note',
    key: 'POSTROUTING alone',
    what: "nothing is captured by these rules, which are of POSTROUTING alone, as a node's own are; capture those in the pod's network namespace",
    rules: first === undefined ? [] : [first.place],
  })
}

function wholeDirection(subject: Subject, family: Family, direction: Direction): Finding {
  const answer = plainAnswer(subject, family, direction)
  const isConfigured = subject.profile.onlyConfigured?.includes(direction) === true
  const why = isConfigured ? ': this mesh captures only what it is told to' : ''
  const isDns = direction === 'outbound' && takesDns(subject, family)
  return caseOf(uncaptured[direction], {
    severity: isConfigured ? 'note' : 'error',
    key: direction,
    what: `what ${whatGoes[direction]} is not captured${isDns ? ', but for DNS' : ''}${why}`,
    rules: answer === undefined ? [] : decidingPlace(subject, answer),
    shown: answer && shownBy(answer),
  })
}

/** Whether a listener for DNS gets what the pod asks. */
const takesDns = (subject: Subject, family: Family): boolean =>
  subject.answers.some(
    (answer) =>
      answer.flow.family === family &&
      answer.flow.destination.port === dnsPort &&
      isCaptured(behaviourOf(answer)) &&
      !isCapturedAs('outbound', behaviourOf(answer), subject.profile),
  )

/** Where whoever no rule names goes past the proxy, and somebody whom one names does not. */
function* whoAlone(subject: Subject, family: Family): Iterable<Finding> {
  const plain = plainAnswer(subject, family, 'outbound')
  if (plain === undefined || !isOpen(behaviourOf(plain))) return
  const taken = subject.answers.flatMap((answer) =>
    answer.flow.family === family &&
    answer.about.kind === 'identity' &&
    isCapturedAs('outbound', behaviourOf(answer), subject.profile)
      ? { answer, about: answer.about }
      : [],
  )
  const [first] = taken
  const who = (['uid', 'gid', 'group'] as const).flatMap((of) => {
    const values = joinedValues(taken.flatMap(({ about }) => (about.of === of ? about.values : [])))
    return values === undefined
      ? []
      : `${nouns[of]}${valuesWords(of, values, family, of === 'group' ? 'group' : of.toUpperCase())}`
  })
  const both = taken.find(({ about }) => about.of === 'both')?.answer.flow.credentials
  if (who.length === 0 && both !== undefined) who.push(`as UID ${both.uid} and GID ${both.gid}`)
  if (first === undefined || who.length === 0) return
  const option = taken.every(({ about }) => about.of === 'gid') ? documented(subject, 'outbound', ['gid']) : undefined
  yield caseOf(onlySome, {
    ...(option !== undefined && { severity: 'note' }),
    key: who.join(' '),
    what: `what is sent ${conjoined(who)} is captured, and what an application of another user sends is not${asOption(option)}`,
    rules: [...decidingPlace(subject, plain), ...distinguishing(subject, plain, first.answer)],
    shown: shownBy(plain),
  })
}

const nouns = { uid: 'as ', gid: 'as ', group: 'in ' } as const

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
  answersOf(subject, family, direction).some(
    (answer) => answer.flow.protocol === 'tcp' && behaviourOf(answer) === undefined,
  )

function isPlainOpen(subject: Subject, family: Family, direction: Direction): boolean {
  const answer = plainAnswer(subject, family, direction)
  return answer !== undefined && isOpen(behaviourOf(answer))
}
