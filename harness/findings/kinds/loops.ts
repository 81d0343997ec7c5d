import { formatAddressPort } from '../../core/address.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { behaviourOf, decidingPlace, shownBy } from '../subject.ts'

const loop: FindingKind = {
  code: 'proxy-loops',
  severity: 'error',
  title: 'What the proxy dials comes back to it',
  about:
    'The proxy gets a connection, dials on, and the rules send that to the same listener again: until it has no more descriptors. Usually nothing spares what the proxy itself sends, or spares another user than it runs as.',
  remedy: 'Let the rules spare the UID and GID that the proxy runs as, before anything is captured; or run it as those that they spare.',
}

/** Connections that come back to a listener which has had them. */
export const loops: Detector = {
  kinds: [loop],
  *find(subject): Iterable<Finding> {
    const ports = subject.profile.listeners.map(({ port }) => port)
    for (const answer of subject.answers) {
      const behaviour = behaviourOf(answer)
      const { destination } = answer.flow
      const at = behaviour?.journey.findIndex((hop) => hop.at === 'looped') ?? -1
      if (behaviour === undefined || at < 0 || ports.includes(destination.port)) continue
      yield caseOf(loop, {
        key: `${answer.about.kind} ${answer.flow.origin.kind}`,
        what: `${formatAddressPort(destination)} never gets past the ${behaviour.listener ?? 'same'} listener: what it dials comes back to it`,
        rules: decidingPlace(subject, answer, at),
        shown: shownBy(answer),
      })
    }
  },
}
