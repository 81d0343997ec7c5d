import type { Condition, OverField, Question } from '../../netfilter/condition.ts'
import type { Field } from '../../netfilter/field.ts'
import { meets } from '../../netfilter/meets.ts'
import { evaluateAddressType } from './address-type.ts'
import type { Answer } from './answer.ts'
import { fieldsOf } from './packet-fields.ts'
import { evaluateSet } from './set-membership.ts'
import { evaluateSocket } from './socket-match.ts'
import type { EvaluationContext } from './trail.ts'

type Evaluator<K extends Question['kind']> = (
  question: Extract<Question, { kind: K }>,
  context: EvaluationContext,
) => Answer

const unknown = { truth: 'unknown', actual: 'cannot be determined' } as const

/** One evaluator for each kind of question. */
const evaluators: { readonly [K in Question['kind']]: Evaluator<K> } = {
  field: (question, context) => evaluateField(question as OverField, context),
  account: ({ field, name, ifAbsent }, { packet, connection, stage }) => {
    const { values, actual, never } = fieldsOf[field](packet, connection, stage)
    if (values.length === 0) return { truth: never ? false : ifAbsent, actual }
    return { truth: 'unknown', actual: `${actual} (${name} is looked up where the rules are loaded)` }
  },
  'address-type': (question, { packet, stack }) => evaluateAddressType(question, packet, stack),
  set: evaluateSet,
  'limit-interface': ({ side }, { packet }) => ({ truth: true, actual: packet[side] ?? 'none' }),
  socket: evaluateSocket,
  'socket-exists': ({ negated }, { packet: { owner, family } }) => {
    if (owner === 'by-version' && family === 'ipv6')
      return { truth: 'unknown', actual: "a listener's reset: a socket from Linux 6.13 on" }
    return { truth: (owner !== 'nobody') !== negated, actual: owner === 'nobody' ? 'no socket' : 'a socket' }
  },
  fragment: ({ negated }) => ({ truth: negated, actual: 'a whole packet' }),
  chance: ({ share }) => ({
    truth: share >= 1 ? true : share <= 0 ? false : 'unknown',
    actual: share > 0 && share < 1 ? 'cannot be determined' : 'the same for every packet',
  }),
  comment: () => ({ truth: true, actual: '' }),
  unknown: ({ why }) => (why === undefined ? unknown : { ...unknown, actual: why }),
}

/** Evaluates a condition for a packet. */
export function evaluate(condition: Condition, context: EvaluationContext): Answer {
  const evaluator = evaluators[condition.kind] as (question: Question, context: EvaluationContext) => Answer
  return evaluator(condition, context)
}

function evaluateField<F extends Field>(
  question: OverField<F>,
  { packet, connection, stage }: EvaluationContext,
): Answer {
  const { values, actual, never } = fieldsOf[question.field](packet, connection, stage)
  const { account } = question
  const isNamed = account !== undefined && values.length > 0
  return {
    truth: never ? false : meets(question, values),
    actual: isNamed ? `${actual} (${account.name} is ${account.id})` : actual,
    values,
  }
}
