import type { ValueSet } from '../../classes/boxes/frame.ts'
import type { Profile } from '../../mesh/profile.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { isCaptured, isOpen, plainOutbound } from '../captured.ts'
import type { About } from '../questions/question.ts'
import { joinedValues, valuesWords } from '../values.ts'
import { sparing } from '../sparing.ts'
import { type Answer, behaviourOf, shownBy, type Subject } from '../subject.ts'

type Of = Extract<About, { kind: 'identity' }>['of']

const remedy =
  'Nothing, if only the proxy has it. Otherwise run no application with it (runAsUser, runAsGroup, fsGroup, NET_RAW), have the cluster ' +
  'refuse it by policy, or narrow the rule to the user and group that the proxy has.'

export const kinds: Readonly<Record<Of, FindingKind>> = {
  uid: kind(
    'uid-bypasses-proxy',
    'An application with some UID bypasses the proxy',
    'A rule spares what a UID sends. Whoever else runs as it, such as an application by runAsUser or the default user of its image, is spared too: its traffic leaves without mTLS, policy and telemetry.',
  ),
  gid: kind(
    'gid-bypasses-proxy',
    'An application with some primary GID bypasses the proxy',
    'A rule spares what a GID sends, for the proxy that runs with it. An application with the same primary group, by runAsGroup or a setgid program of its image, is spared too.',
  ),
  group: kind(
    'group-bypasses-proxy',
    'An application with some supplementary group bypasses the proxy',
    'A rule spares a GID and asks for supplementary groups as well (--suppl-groups). fsGroup and supplementalGroups of a pod give them to every container.',
  ),
  both: kind(
    'uid-and-gid-bypass-proxy',
    'An application with some UID and GID bypasses the proxy',
    'A rule spares a UID and GID together. Whoever else runs as them is spared too.',
  ),
  mark: kind(
    'mark-bypasses-proxy',
    'A socket that marks its packets bypasses the proxy',
    'A rule spares packets with a mark. SO_MARK takes CAP_NET_ADMIN, and since Linux 5.17 CAP_NET_RAW is enough, which container runtimes give by default: an application that runs as root can then set the mark itself (sock_setsockopt in net/core/sock.c).',
  ),
  sport: kind(
    'source-port-bypasses-proxy',
    'A connection from some source port bypasses the proxy',
    'A rule spares what comes from a port, meant for answers or for the proxy. Whoever connects chooses the source port by bind(2), an application as well as a peer, so that whatever is sent from there is spared.',
  ),
}

/** Also for what comes in. */
export const sourcePort = kinds.sport

function kind(code: string, title: string, about: string): FindingKind {
  return { code, severity: 'warning', title, about, remedy }
}

/** Whoever has it, as the beginning of a sentence. */
export const words: Readonly<Record<Of, (values: ValueSet, answer: Answer) => string>> = {
  uid: (values, { flow: { family } }) => `an application of ${valuesWords('uid', values, family, 'UID')}`,
  gid: (values, { flow: { family } }) => `an application of ${valuesWords('gid', values, family, 'GID')}`,
  group: (values, { flow: { family } }) =>
    `an application in ${theOne(values)}${valuesWords('group', values, family, 'group')}`,
  both: (values, { flow: { family, credentials } }) =>
    `an application of ${valuesWords('uid', values, family, 'UID')} and GID ${credentials.gid}`,
  mark: (values, { flow: { family } }) =>
    `a socket with ${theOne(values)}${valuesWords('mark', values, family, 'mark')}`,
  sport: (values, { flow: { family } }) => `a connection from ${valuesWords('sport', values, family, 'port')}`,
}

const theOne = ({ size }: ValueSet): string => (size === 1 ? 'the ' : '')

type Identified = Answer & { about: Extract<About, { kind: 'identity' }> }
const isIdentified = (answer: Answer): answer is Identified => answer.about.kind === 'identity'

/** Whoever is not captured where everybody else is. */
export const identities: Detector = {
  kinds: Object.values(kinds),
  *find(subject): Iterable<Finding> {
    const open = subject.answers
      .filter(isIdentified)
      .filter((answer) => isCaptured(plainOutbound(subject, answer.flow.family)) && isOpen(behaviourOf(answer)))
      .filter((answer) => answer.about.of !== 'both' || !aloneToo(subject, answer))
    // Whoever is spared by one rule is told at once.
    for (const group of Map.groupBy(open, (answer) => causeOf(subject, answer)).values()) {
      const [first] = group
      const values = joinedValues(group.map(({ about }) => about.values))
      if (first === undefined || values === undefined) continue
      const { of } = first.about
      const isMeant = group.every((answer) => isIntended(answer, subject.profile))
      yield caseOf(kinds[of], {
        severity: isMeant ? 'note' : 'warning',
        key: `${of} ${first.about.id}`,
        what: `${words[of](values, first)} is not captured${isMeant ? ', as the mesh means it for its proxy' : ''}`,
        rules: sparing(subject, first),
        shown: shownBy(first),
      })
    }
  },
}

/** What tells one case from another: the rule that spares, and whether it is meant. */
function causeOf(subject: Subject, answer: Identified): string {
  const [rule] = sparing(subject, answer)
  const { family, credentials } = answer.flow
  return [
    family,
    answer.about.of,
    ...(answer.about.of === 'both' ? [credentials.gid] : []),
    isIntended(answer, subject.profile),
    rule === undefined ? '' : `${rule.table} ${rule.text}`,
  ].join(' ')
}

/** Whether one of the two is spared by itself, so that both together say nothing more. */
function aloneToo({ answers }: Subject, { flow: { family, credentials } }: Answer): boolean {
  return answers.some(
    (other) =>
      other.about.kind === 'identity' &&
      other.flow.family === family &&
      isOpen(behaviourOf(other)) &&
      ((other.about.of === 'uid' && other.about.values.contains(credentials.uid)) ||
        (other.about.of === 'gid' && other.about.values.contains(credentials.gid))),
  )
}

/** Whether it is what the mesh gives its own proxy, and says so. */
function isIntended({ about, flow }: Identified, { proxy, spares, dialsOn: { inbound, mark } }: Profile): boolean {
  const isUid = (uid: number): boolean => spares.uids.includes(uid) || uid === proxy.uid
  const isGid = (gid: number): boolean => spares.gids.includes(gid) || gid === proxy.gid
  const isOnly = (isMeant: (value: number) => boolean): boolean =>
    about.values.size <= mostMeant && valuesOf(about.values).every(isMeant)
  switch (about.of) {
    case 'uid':
      return isOnly(isUid)
    case 'gid':
    case 'group':
      return isOnly(isGid)
    case 'both':
      return isOnly(isUid) && isGid(flow.credentials.gid)
    case 'mark':
      return isOnly((value) => mark === value || (typeof inbound === 'object' && inbound.mark === value))
    case 'sport':
      return false
  }
}

/** A mesh does not name more for its proxy. */
const mostMeant = 16

const valuesOf = ({ intervals }: ValueSet): number[] =>
  intervals.flatMap(({ first, last }) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at),
  )
