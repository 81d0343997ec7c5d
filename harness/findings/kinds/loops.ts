import { formatAddressPort } from '../../core/address.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind, RulePlace } from '../finding.ts'
import { behaviourOf, decidingPlace, shownBy, type Subject } from '../subject.ts'

const loop: FindingKind = {
  code: 'proxy-loops',
  severity: 'error',
  title: 'What the proxy dials comes back to it',
  about:
    'The proxy gets a connection, dials on, and the rules send that to the same listener again: until it runs out of descriptors. Usually nothing spares what the proxy itself sends, or spares another user than it runs as.',
  remedy:
    'Let the rules spare the UID and GID that the proxy runs as, before anything is captured; or run it as those that they spare.',
}

/** Connections that come back to a listener which has had them. */
export const loops: Detector = {
  kinds: [loop],
  *find(subject): Iterable<Finding> {
    const ports = subject.profile.listeners.map(({ port }) => port)
    const told = new Set<string>()
    for (const answer of subject.answers) {
      const behaviour = behaviourOf(answer)
      const { destination } = answer.flow
      const at = behaviour?.journey.findIndex((hop) => hop.at === 'looped') ?? -1
      if (behaviour === undefined || at < 0 || ports.includes(destination.port)) continue
      const rules = decidingPlace(subject, answer, at)
      // Whatever else the same rule sends round says nothing new.
      const cause = [
        answer.flow.origin.kind,
        behaviour.listener,
        rules[0]?.family,
        rules[0]?.table,
        rules[0]?.text,
      ].join(' ')
      if (told.has(cause)) continue
      told.add(cause)
      const mark = rules.flatMap((rule) => sparedMark(subject, rule))[0]
      yield caseOf(loop, {
        ...(mark !== undefined && { severity: 'note' }),
        key: `${answer.about.kind} ${answer.flow.origin.kind} ${mark ?? ''}`.trimEnd(),
        what:
          mark === undefined
            ? `${formatAddressPort(destination)} never gets past the ${behaviour.listener ?? 'same'} listener: what it dials comes back to it`
            : `the rules spare what is marked ${mark}; a proxy that does not mark what it dials gets it back`,
        rules,
        shown: shownBy(answer),
      })
    }
  },
}

/**
 * The mark that a rule leaves alone, where it captures everything else: a proxy that marks its sockets is not known
 * here.
 */
function sparedMark({ rulesets }: Subject, { family, table, chain, rule }: RulePlace): string[] {
  const found = rulesets[family].tables.get(table)?.chains.get(chain)?.rules[rule - 1]
  return (found?.conditions ?? []).flatMap((condition) =>
    condition.kind === 'field' && condition.field === 'mark' && condition.asked.negated
      ? (condition.asked.value ?? [])
      : [],
  )
}
