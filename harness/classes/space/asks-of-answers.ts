import { isDeepStrictEqual } from 'node:util'
import type { Family } from '../../core/address.ts'
import type { Origin } from '../../flow/flow.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import type { Field } from '../../netfilter/field.ts'
import { fieldQuestions } from '../../netfilter/field-questions.ts'
import { type Base, type Chain, jumpsOf, type Rule } from '../../netfilter/ruleset.ts'
import type { World } from './world.ts'

/** The hooks that answers to flows from somewhere may come through. */
type AnswerHooks = ReadonlySet<string>

/** Answers to the pod come in, and those from the pod itself leave it before. */
const toPod: AnswerHooks = new Set(['OUTPUT', 'POSTROUTING', 'PREROUTING', 'INPUT'])
/** Answers to others leave the pod, and pass through it where it forwards. */
const [fromPod, throughPod]: readonly [AnswerHooks, AnswerHooks] = [
  new Set(['OUTPUT', 'POSTROUTING']),
  new Set(['OUTPUT', 'POSTROUTING', 'PREROUTING', 'FORWARD']),
]

/** Whether rules ask for which address an answer is: that is the one that the flow comes from. */
export const asksWhereAnswersGo = (worlds: readonly World[], family: Family, origin: Origin): boolean =>
  worlds.some((world) => chainsOfAnswers(world, family, origin).some(({ rules }) => rules.some(asksAddress)))

/**
 * Whether rules ask for which port an answer is, the port that the flow comes from, and not alike in all worlds. Where
 * they are alike a port of its own for each that they name would make many times as many classes, and show little.
 */
export function asksForAnswersPort(worlds: readonly World[], family: Family, origin: Origin): boolean {
  const [first, ...others] = worlds.map((world) =>
    chainsOfAnswers(world, family, origin).flatMap(({ rules }) =>
      rules.filter(asksPort).map(({ conditions, statements }) => ({ conditions, statements })),
    ),
  )
  return others.some((other) => !isDeepStrictEqual(other, first))
}

/** Chains of nat see no answers (nf_nat_inet_fn in net/netfilter/nf_nat_core.c). */
function chainsOfAnswers({ rulesets, stack }: World, family: Family, origin: Origin): Chain[] {
  const hooks = hooksOf(origin, family, stack)
  const isMet = (base: Base | undefined): boolean => base !== undefined && base.type !== 'nat' && hooks.has(base.hook)
  return [...rulesets[family].tables.values()].flatMap(({ chains }) => {
    const found = new Set([...chains.values()].filter(({ base }) => isMet(base)))
    // A set goes on with what is added while it is gone through.
    for (const { rules } of found)
      for (const name of rules.flatMap(jumpsOf)) {
        const next = chains.get(name)
        if (next !== undefined) found.add(next)
      }
    return [...found]
  })
}

function hooksOf({ kind }: Origin, family: Family, stack: NetworkStack): AnswerHooks {
  if (kind === 'pod') return toPod
  return stack.forwards(family) ? throughPod : fromPod
}

const asks = ({ conditions }: Rule, asked: Field): boolean =>
  conditions.some((condition) => fieldQuestions(condition).some(({ field }) => field === asked))

const asksPort = (rule: Rule): boolean => asks(rule, 'dport')

const asksAddress = (rule: Rule): boolean =>
  asks(rule, 'daddr') ||
  rule.conditions.some((condition) => condition.kind === 'address-type' && condition.side === 'destination')
