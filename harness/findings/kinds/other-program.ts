import { formatAddressPort } from '../../core/address.ts'
import { isCapturing } from '../../flow/listener.ts'
import { outcomeWithout } from '../../model/near-misses.ts'
import type { AttemptResult } from '../../model/path/connection-attempt.ts'
import type { RuleStep } from '../../model/rules/trail.ts'
import { isCaptured } from '../captured.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { strangerOf } from '../programs.ts'
import { placeOfRule } from '../rules.ts'
import { type Answer, behaviourOf, shownBy, type Subject } from '../subject.ts'

const first: FindingKind = {
  code: 'other-program-first',
  severity: 'warning',
  title: "Another program's rule decides before the mesh's rules are asked",
  about:
    'Docker, kube-proxy, a CNI plugin or another mesh has a rule that takes the traffic first, so that the mesh’s rules behind it never see it. What nat has translated once is not asked again.',
  remedy:
    'Have the mesh’s jump stand before the other program’s (-I in place of -A), or the other program leave that traffic alone.',
}

/** Traffic that the mesh would capture, and that a rule of somebody else's decides. */
export const otherProgram: Detector = {
  kinds: [first],
  *find(subject): Iterable<Finding> {
    for (const answer of subject.answers) {
      if (answer.about.kind === 'proxy' || isCaptured(behaviourOf(answer))) continue
      const found = decidedByStranger(subject, answer)
      if (found === undefined) continue
      const { step, name } = found
      const { family, destination } = answer.flow
      yield caseOf(first, {
        key: `${name} ${step.chain}`,
        what: `a rule of ${name} decides about ${formatAddressPort(destination)}; without it the mesh would capture that`,
        rules: [placeOfRule(family, step)],
        shown: shownBy(answer),
      })
    }
  },
}

function decidedByStranger(
  subject: Subject,
  { prediction, flow }: Answer,
): { step: RuleStep; name: string } | undefined {
  const attempt = prediction.attempts[0]
  const last = 'unknown' in prediction && attempt === undefined ? prediction.last : undefined
  const step = attempt?.deciding ?? attempt?.decisive.destination ?? last?.decisive.destination ?? last?.decisive.ended
  const stranger = step && strangerOf(step.chain, subject.chains)
  if (step === undefined || stranger === undefined) return undefined
  // Where it ends is not known: that it is sent elsewhere is.
  if (attempt === undefined) return { step, name: stranger.name }
  return wouldBeCaptured(subject, flow, attempt, step) ? { step, name: stranger.name } : undefined
}

function wouldBeCaptured(
  { rulesets, stack, profile }: Subject,
  flow: Answer['flow'],
  attempt: AttemptResult,
  step: RuleStep,
): boolean {
  const other = outcomeWithout(flow, rulesets[flow.family], stack, attempt, step)
  return (
    other?.kind === 'received' &&
    profile.listeners.some((listener) => isCapturing(listener) && listener.name === other.at)
  )
}
