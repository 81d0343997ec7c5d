import type { Premises } from '../explain/explained-flow.ts'
import { reportedFlow, reportedPremises } from '../explain/json.ts'
import { frameText } from '../classes/boxes/frame.ts'
import { rangesOf } from '../classes/words.ts'
import { decidingRule } from '../flow/matched-rule.ts'
import { reportedObserved } from '../report/describing/reported-observed.ts'
import { reportedRule } from '../report/describing/reported-rule.ts'
import type { Witnessed } from '../run/witnesses/witness-pod.ts'
import { seenFate } from './confirm.ts'
import type { Found } from './find.ts'
import { type Fate, questionText } from './question.ts'
import { fateOf } from './search.ts'

/** `sidetrack.find/1`, as `findSchema` has it. */
export function foundJson(found: Found, premises: Premises) {
  const { question, answers, coverage, space, driven, disagreements } = found
  return {
    schema: 'sidetrack.find/1' as const,
    question: questionText(question),
    ...reportedPremises(premises),
    answers: answers.map(({ box, example, seen }) => {
      const { family, origin, protocol } = box.frame
      const [prediction] = example.predictions
      return {
        family,
        origin: origin.kind,
        protocol,
        ...(origin.kind === 'peer' && { interface: origin.interface }),
        ranges: rangesOf(box, space),
        flow: reportedFlow(example.witness),
        predicted: reportedFate(fateOf(prediction as NonNullable<typeof prediction>)),
        ...(seen && reportedSeen(seen, !disagreements.includes(seen))),
      }
    }),
    searched: {
      classes: coverage.classes,
      isWhole: coverage.left.length === 0,
      spent: coverage.spent,
      unknown: [...coverage.unknown].map(([why, classes]) => ({ why, classes })),
      kinds: [...new Set(space.map(({ frame }) => frameText(frame)))],
    },
    ...(driven && {
      driven: {
        iptables: { backend: driven.backend, version: driven.version },
        flows: driven.flows.length,
        disagreements: disagreements.map((witnessed) => ({
          flow: reportedFlow(witnessed.flow),
          predicted: reportedFate(fateOf(witnessed.prediction)),
          ...reportedSeen(witnessed, false),
        })),
      },
    }),
  }
}

function reportedFate({ observed, matched }: Fate) {
  if ('unknown' in observed) return { verdict: 'unknown' as const, unknown: observed.unknown }
  const rule = matched && decidingRule(matched)
  return {
    ...reportedObserved(observed),
    decidedBy: matched === undefined ? ('unknown' as const) : rule === undefined ? null : reportedRule(rule),
  }
}

function reportedSeen(seen: Witnessed, asPredicted: boolean) {
  const fate = seenFate(seen)
  if (fate === undefined) return { error: 'error' in seen.result ? seen.result.error : '' }
  return { observed: reportedFate(fate), asPredicted }
}
