import type { Profile } from '../../mesh/profile.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind, RulePlace } from '../finding.ts'
import { isCaptured, isOpen, plainAnswer, plainOutbound } from '../captured.ts'
import type { About } from '../questions/question.ts'
import { type Answer, behaviourOf, decidingPlace, matchedBy, placeOf, shownBy, type Subject } from '../subject.ts'

type Of = Extract<About, { kind: 'identity' }>['of']

const remedy =
  'Nothing, if only the proxy has it. Otherwise run no application with it (runAsUser, runAsGroup, fsGroup, NET_RAW), have the cluster ' +
  'refuse it by policy, or narrow the rule to the user and group that the proxy has.'

const kinds: Readonly<Record<Of, FindingKind>> = {
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
    'A rule spares what comes from a port, meant for answers or for the proxy. An application chooses its source port by bind(2), so that whatever it sends from there is spared.',
  ),
}

function kind(code: string, title: string, about: string): FindingKind {
  return { code, severity: 'warning', title, about, remedy }
}

const words: Readonly<Record<Of, (answer: Answer) => string>> = {
  uid: ({ flow: { credentials } }) => `an application of UID ${credentials.uid}`,
  gid: ({ flow: { credentials } }) => `an application of GID ${credentials.gid}`,
  group: ({ flow: { credentials } }) => `an application in the group ${credentials.groups.join()}`,
  both: ({ flow: { credentials } }) => `an application of UID ${credentials.uid} and GID ${credentials.gid}`,
  mark: ({ flow: { mark = 0 } }) => `a socket with the mark 0x${mark.toString(16)}`,
  sport: ({ flow: { source } }) => `a connection from port ${source?.port}`,
}

/** Whoever is not captured where everybody else is. */
export const identities: Detector = {
  kinds: Object.values(kinds),
  *find(subject): Iterable<Finding> {
    for (const answer of subject.answers) {
      const { about, flow } = answer
      if (about.kind !== 'identity' || !isCaptured(plainOutbound(subject, flow.family)) || !isOpen(behaviourOf(answer)))
        continue
      const alone = about.of === 'both' ? aloneToo(subject, answer) : false
      if (alone) continue
      const isMeant = isIntended(answer, subject.profile)
      yield caseOf(kinds[about.of], {
        severity: isMeant ? 'note' : 'warning',
        key: `${about.of} ${about.id}`,
        what: `${words[about.of](answer)} is not captured${isMeant ? ', as the mesh means it for its proxy' : ''}`,
        rules: placesOf(subject, answer, about.of),
        shown: shownBy(answer),
      })
    }
  },
}

const negated: Readonly<Partial<Record<Of, RegExp>>> = {
  uid: / ! --uid-owner /,
  gid: / ! --gid-owner /,
  group: / ! --gid-owner /,
  both: / ! --[ug]id-owner /,
  mark: / ! --mark /,
}

/** The rule that spares it; or else the one that takes everybody but it. */
function placesOf(subject: Subject, answer: Answer, of: Of): RulePlace[] {
  const deciding = decidingPlace(subject, answer)
  const { family } = answer.flow
  const plain = plainAnswer(subject, family, 'outbound')
  const pattern = negated[of]
  if (deciding.length > 0 || plain === undefined || pattern === undefined) return deciding
  const taking = matchedBy(plain).find(({ connection, text }) => connection === 0 && pattern.test(text))
  return taking === undefined ? [] : [placeOf(subject, family, taking)]
}

/** Whether one of the two is spared by itself, so that both together say nothing more. */
function aloneToo({ answers }: Subject, { flow: { family, credentials } }: Answer): boolean {
  return answers.some(
    (other) =>
      other.about.kind === 'identity' &&
      other.flow.family === family &&
      isOpen(behaviourOf(other)) &&
      ((other.about.of === 'uid' && other.about.id === credentials.uid) ||
        (other.about.of === 'gid' && other.about.id === credentials.gid)),
  )
}

/** Whether it is what the mesh gives its own proxy, and says so. */
function isIntended(
  { about, flow: { credentials } }: Answer,
  { proxy, spares, dialsOn: { inbound, mark } }: Profile,
): boolean {
  if (about.kind !== 'identity') return false
  const isUid = spares.uids.includes(credentials.uid) || credentials.uid === proxy.uid
  const isGid = (gid: number): boolean => spares.gids.includes(gid) || gid === proxy.gid
  switch (about.of) {
    case 'uid':
      return isUid
    case 'gid':
    case 'group':
      return isGid(about.id)
    case 'both':
      return isUid && isGid(credentials.gid)
    case 'mark':
      return mark === about.id || (typeof inbound === 'object' && inbound.mark === about.id)
    case 'sport':
      return false
  }
}
