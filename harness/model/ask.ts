import type { Condition, OverField, Question } from '../netfilter/condition.ts'
import type { Field } from '../netfilter/field.ts'
import { meets } from '../netfilter/meets.ts'
import { askAddressType } from './address-type.ts'
import type { Answer } from './answer.ts'
import { fieldsOf } from './packet-fields.ts'
import { askSocket } from './socket-match.ts'
import type { Walk } from './trail.ts'

/** What a packet is held against a condition with. */
export type Asking = Pick<Walk, 'packet' | 'connection' | 'world' | 'stage'>

type Evaluate<K extends Question['kind']> = (question: Extract<Question, { kind: K }>, asking: Asking) => Answer

const nobodyKnows = { truth: 'unknown', actual: 'nobody here can tell' } as const

/** One evaluator for each kind of question. */
const evaluators: { readonly [K in Question['kind']]: Evaluate<K> } = {
  field: (question, asking) => askField(question as OverField, asking),
  account: ({ field, name, ifAbsent }, { packet, connection }) => {
    const { values, actual, never } = fieldsOf[field](packet, connection)
    if (values.length === 0) return { truth: never ? false : ifAbsent, actual }
    return { truth: 'unknown', actual: `${actual} (${name} is looked up where the rules are loaded)` }
  },
  'address-type': (question, { packet, world }) => askAddressType(question, packet, world),
  'limit-interface': ({ side }, { packet }) => ({ truth: true, actual: packet[side] ?? 'none' }),
  socket: askSocket,
  'socket-exists': ({ negated }, { packet: { owner } }) => ({
    truth: (owner !== 'nobody') !== negated,
    actual: owner === 'nobody' ? 'no socket' : 'a socket',
  }),
  fragment: ({ negated }) => ({ truth: negated, actual: 'a whole packet' }),
  comment: () => ({ truth: true, actual: '' }),
  unknown: () => nobodyKnows,
}

/** @returns what a condition says of a packet. */
export function ask(condition: Condition, asking: Asking): Answer {
  const evaluate = evaluators[condition.kind] as (question: Question, asking: Asking) => Answer
  return evaluate(condition, asking)
}

function askField<F extends Field>(question: OverField<F>, { packet, connection }: Asking): Answer {
  const { values, actual, never } = fieldsOf[question.field](packet, connection)
  const { account } = question
  const isNamed = account !== undefined && values.length > 0
  return {
    truth: never ? false : meets(question, values),
    actual: isNamed ? `${actual} (${account.name} is ${account.id})` : actual,
  }
}
