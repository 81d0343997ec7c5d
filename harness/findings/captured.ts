import type { Family } from '../core/address.ts'
import { type Captured, isCapturing } from '../flow/listener.ts'
import type { Observed } from '../flow/verdict.ts'
import type { Profile } from '../mesh/profile.ts'
import { type Answer, behaviourOf, type Subject } from './subject.ts'

/** Whether a listener of the proxy's has it. */
export const isCaptured = (behaviour: Observed | undefined): boolean => behaviour?.listener !== undefined

/** Whether it is known to have reached somebody past the proxy. */
export const isOpen = (behaviour: Observed | undefined): boolean =>
  (behaviour?.verdict === 'direct' && behaviour.answeredBy?.startsWith('envoy-') !== true) ||
  behaviour?.verdict === 'translated'

const kindOf = (listener: string | undefined, { listeners }: Profile): Captured | undefined =>
  listeners.filter(isCapturing).find(({ name }) => name === listener)?.captures

/** Whether it was captured by a listener for a direction's traffic. */
export function isCapturedAs(
  direction: 'outbound' | 'inbound',
  behaviour: Observed | undefined,
  profile: Profile,
): boolean {
  return kindOf(behaviour?.listener, profile) === direction
}

/** What became of TCP of which no rule says anything in particular. */
export const plainAnswer = (
  { answers }: Pick<Subject, 'answers'>,
  family: Family,
  direction: 'outbound' | 'inbound',
  protocol = 'tcp',
): Answer | undefined =>
  answers.find(
    ({ about, flow }) =>
      about.kind === 'plain' && about.direction === direction && flow.protocol === protocol && flow.family === family,
  )

export function plainOutbound(
  subject: Pick<Subject, 'answers'>,
  family: Family,
  protocol = 'tcp',
): Observed | undefined {
  const answer = plainAnswer(subject, family, 'outbound', protocol)
  return answer && behaviourOf(answer)
}

export function plainInbound(subject: Pick<Subject, 'answers'>, family: Family): Observed | undefined {
  const answer = plainAnswer(subject, family, 'inbound')
  return answer && behaviourOf(answer)
}
