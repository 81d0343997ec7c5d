import type { Family } from '../core/address.ts'
import type { Asked, Condition as Lowered, FieldQuestion, OverField, Question } from '../netfilter/condition.ts'
import { connectionStates, domainOf, type Field, type FieldValues } from '../netfilter/field.ts'
import { type Interval, IntervalSet } from '../netfilter/interval-set.ts'
import { addressNumber, interfaceNames, interfaceNumber } from '../netfilter/wide-values.ts'
import type { Context } from './loader.ts'
import { modules } from './modules.ts'
import { prefixLength } from './header-values.ts'
import { valueText } from './print.ts'
import type { Condition, Match } from './tree.ts'

const asked = (condition: Condition): Asked => {
  const value = valueText(condition)
  return { subject: condition.option, negated: condition.negated, ...(value !== undefined && { value }) }
}

/** A set over a field; where the text asks for the opposite, its complement. */
function over<F extends Field>(
  field: F,
  negated: boolean,
  family: Family,
  intervals: readonly Interval<FieldValues[F]>[],
  more: Partial<Pick<OverField<F>, 'mask' | 'ifAbsent' | 'account'>> = {},
): FieldQuestion {
  const set = IntervalSet.of(domainOf(field, family), ...intervals)
  const question: OverField<F> = {
    kind: 'field',
    field,
    in: negated ? set.complement() : set,
    values: negated ? 'every' : 'any',
    ifAbsent: false,
    ...more,
  }
  return question as FieldQuestion
}

const single = <T extends number | bigint>(value: T): Interval<T> => ({ first: value, last: value })

export const lowerHeader = (condition: Condition, context: Context): Lowered[] => [
  { asked: asked(condition), ...questionOf(condition, { module: '', conditions: [] }, context) },
]

export function lowerMatch(match: Match, context: Context): Lowered[] {
  const { module, conditions } = match
  if (module === 'socket') return [{ asked: aboutSocket(match), ...socketQuestion(match) }]
  if (!Object.hasOwn(modules, module) && conditions.length === 0)
    return [{ asked: { subject: `-m ${module}`, negated: false }, kind: 'unknown', values: [] }]
  return conditions.map((condition) => ({ asked: asked(condition), ...questionOf(condition, match, context) }))
}

/** All that one `-m socket` asks is one question. */
const aboutSocket = ({ conditions }: Match): Asked => ({
  subject: ['-m socket', ...conditions.map(({ option }) => option)].join(' '),
  negated: false,
})

function socketQuestion({ conditions }: Match): Question {
  const asks = (option: string): boolean => conditions.some((condition) => condition.option === option)
  return {
    kind: 'socket',
    transparent: asks('--transparent'),
    wildcard: asks('--nowildcard'),
    restoresMark: asks('--restore-skmark'),
  }
}

function questionOf(condition: Condition, match: Match, { family, backend, accounts }: Context): Question {
  const { negated } = condition
  switch (condition.kind) {
    case 'address': {
      const field = condition.side === 'source' ? 'saddr' : 'daddr'
      const [address, mask] = [addressNumber(condition.address), addressNumber(condition.mask)]
      if (prefixLength(condition.mask) === undefined) return over(field, negated, family, [single(address)], { mask })
      const { last } = domainOf(field, family)
      return over(field, negated, family, [{ first: address, last: address | (last ^ mask) }])
    }
    case 'interface': {
      const { name } = condition
      const names = name.endsWith('+') ? interfaceNames(name.slice(0, -1)) : single(interfaceNumber(name))
      return over(condition.side === 'in' ? 'iif' : 'oif', negated, family, [names])
    }
    case 'protocol':
      return over('protocol', negated, family, [condition.protocol === 0 ? domainOf('protocol', family) : single(condition.protocol)])
    case 'fragment':
      return { kind: 'fragment', negated }
    case 'ports': {
      const { side, ranges, option } = condition
      const isAny = ranges.some(({ first, last }) => first === 0 && last === 65535)
      // iptables-nft 1.8.9 loads "no port at all" as "any port".
      if (negated && isAny && !option.endsWith('s') && backend !== 'legacy')
        return { kind: 'unknown', values: [valueText(condition) ?? ''] }
      return over(({ source: 'sport', destination: 'dport', either: 'anyPort' } as const)[side], negated, family, ranges)
    }
    case 'tcp-flags':
      return over('tcpFlags', negated, family, [single(condition.set)], { mask: condition.mask, ifAbsent: negated })
    case 'icmp-type': {
      const { type, code } = condition
      const all = type === 'any' ? domainOf('icmp', family) : { first: type * 256 + (code ?? 0), last: type * 256 + (code ?? 255) }
      return over('icmp', negated, family, [all], { ifAbsent: negated })
    }
    case 'owner':
      return over(condition.supplementary ? 'anyGid' : condition.of, negated, family, [condition.range], { ifAbsent: negated })
    case 'owner-name': {
      const { of, name, supplementary } = condition
      const field = supplementary ? 'anyGid' : of
      const id = accounts[of].get(name)
      if (id === undefined) return { kind: 'account', field, name, ifAbsent: negated }
      return over(field, negated, family, [single(id)], { ifAbsent: negated, account: { name, id } })
    }
    case 'socket-exists':
      return { kind: 'socket-exists', negated }
    case 'states':
      return over(
        'ctstate',
        negated,
        family,
        condition.states.map((state) => single(connectionStates.indexOf(state))),
      )
    case 'mark':
      return over(condition.of === 'packet' ? 'mark' : 'ctmark', negated, family, [single(condition.value)], { mask: condition.mask })
    case 'address-type': {
      const limit = match.conditions.find((other) => other.kind === 'limit-interface')
      const { side, types } = condition
      return { kind: 'address-type', side, types, negated, ...(limit?.kind === 'limit-interface' && { device: limit.side }) }
    }
    case 'limit-interface':
      return { kind: 'limit-interface', side: condition.side }
    case 'socket-option':
      return socketQuestion(match)
    case 'comment':
      return { kind: 'comment', text: condition.text }
    case 'unknown':
      return { kind: 'unknown', values: condition.values }
  }
}
