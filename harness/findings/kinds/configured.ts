import { isCaptured, isOpen, plainInbound, plainOutbound } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind, RulePlace } from '../finding.ts'
import { type Answer, behaviourOf, decidingPlace, shownBy, type Subject } from '../subject.ts'
import { valuesWords } from '../values.ts'
import { isOtherwiseCaptured } from './exempt.ts'

const inert: FindingKind = {
  code: 'exclusion-does-not-act',
  severity: 'error',
  title: 'The config excludes something, and it is captured all the same',
  about:
    'The rules that the mesh makes of the config let it pass, and these rules do not: they were made of an older config, or the rule stands behind one that captures everything.',
  remedy:
    'Restart the pod, so that its init container makes the rules of what the config now says; see which rule captures it.',
}

const foreign: FindingKind = {
  code: 'exclusion-not-configured',
  severity: 'error',
  title: 'Something is excluded that the config does not name',
  about:
    'These rules let it pass the proxy, and those that the mesh makes of the config capture it: they were made of another config, or somebody has added a rule.',
  remedy:
    'Restart the pod, so that its init container makes the rules of what the config says; see who made the rule that lets it pass.',
}

/** Exclusions, held to those that the config says. */
export const configured: Detector = {
  kinds: [inert, foreign],
  *find(subject): Iterable<Finding> {
    for (const answer of subject.answers) {
      const promised = subject.promised?.(answer)
      // Where nothing is captured, nothing is excluded either.
      if (promised === undefined || !isExclusion(subject, answer)) continue
      const actual = behaviourOf(answer)
      const isInert = isOpen(promised) && isCaptured(actual)
      if (!isInert && (subject.isConfigPart || !(isCaptured(promised) && isOpen(actual)))) continue
      const rules = decidingPlace(subject, answer)
      const name = nameOf(answer, rules[0])
      yield caseOf(isInert ? inert : foreign, {
        key: name,
        what: isInert
          ? `the config excludes ${name}, and it is captured`
          : `${name} is excluded, and the config does not say so`,
        rules,
        shown: shownBy(answer),
      })
    }
  },
}

function isExclusion(subject: Subject, answer: Answer): boolean {
  if (answer.about.kind === 'plain' && answer.flow.origin.kind === 'peer')
    return isCaptured(plainInbound(subject, answer.flow.family))
  return answer.about.kind === 'identity'
    ? isCaptured(plainOutbound(subject, answer.flow.family))
    : isOtherwiseCaptured(subject, answer)
}

/** @param rule that decides: of an address that it lets pass, it names all. */
function nameOf({ about, flow }: Answer, rule: RulePlace | undefined): string {
  switch (about.kind) {
    case 'port':
      return `${about.direction} ${valuesWords('dport', about.values, flow.family, `${flow.protocol.toUpperCase()} port`)}`
    case 'address':
      return (
        (rule?.text.includes('-j RETURN') && / -d (\S+)/.exec(rule.text)?.[1]) ||
        valuesWords('daddr', about.values, flow.family)
      )
    case 'identity':
      return about.of === 'both'
        ? `UID ${flow.credentials.uid} with GID ${flow.credentials.gid}`
        : valuesWords(about.of, about.values, flow.family, about.of)
    default:
      return flow.origin.kind === 'peer' ? `what comes in by interface ${flow.origin.interface}` : about.kind
  }
}
