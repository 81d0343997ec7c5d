import { formatAddressPort } from '../../core/address.ts'
import { isCapturing } from '../../flow/listener.ts'
import { does } from '../../netfilter/does.ts'
import { rulesOf } from '../../netfilter/ruleset.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind, RulePlace } from '../finding.ts'
import { allRules } from '../rules.ts'
import { type Answer, behaviourOf, decidingPlace, shownBy, type Subject } from '../subject.ts'

const lost: FindingKind = {
  code: 'original-destination-lost',
  severity: 'error',
  title: 'The proxy cannot tell where captured traffic was going',
  about:
    'A listener of the proxy gets the connection, and SO_ORIGINAL_DST says nothing or another place than was dialled: the connection is tracked in a zone where the socket does not look, or was translated twice.',
  remedy:
    'Let no rule of table raw put captured TCP into a zone (CT --zone), and no other translation come before the mesh’s.',
}

/** What is captured without the proxy being able to pass it on. */
export const originalDestination: Detector = {
  kinds: [lost],
  *find(subject): Iterable<Finding> {
    const named = new Set(
      subject.profile.listeners.filter(isCapturing).flatMap(({ name, captures }) => (captures === 'dns' ? [] : [name])),
    )
    for (const answer of subject.answers) {
      const behaviour = behaviourOf(answer)
      if (behaviour?.verdict !== 'captured' || !named.has(behaviour.listener ?? '') || answer.flow.protocol !== 'tcp')
        continue
      const { originalDestination: read } = behaviour
      yield caseOf(lost, {
        key: `${answer.flow.origin.kind} ${read === undefined ? 'none' : 'other'}`,
        what: `the ${behaviour.listener} listener gets ${formatAddressPort(answer.flow.destination)} and reads ${read === undefined ? 'no original destination' : `${formatAddressPort(read)} as original destination`}`,
        rules: [...zones(subject, answer), ...decidingPlace(subject, answer)],
        shown: shownBy(answer),
      })
    }
  },
}

/** The rules that put connections into a zone, where there are any. */
function zones({ rulesets }: Subject, { flow: { family } }: Answer): RulePlace[] {
  const ruleset = rulesets[family]
  if (!rulesOf(ruleset).some((rule) => does(rule, 'zone', 'notrack'))) return []
  return allRules(ruleset).flatMap(({ rule, place }) => (does(rule, 'zone', 'notrack') ? [place] : []))
}
