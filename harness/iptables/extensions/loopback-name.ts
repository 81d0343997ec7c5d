import { loopbackNetworks } from '../../core/address.ts'
import type { Branch } from '../../netfilter/decision.ts'
import { domainOf } from '../../netfilter/field.ts'
import { IntervalSet } from '../../netfilter/interval-set.ts'
import { addressesOfPrefix } from '../../netfilter/wide-values.ts'
import { type KnownOption, known } from './option.ts'

/**
 * An address that `iptables -L` prints as `localhost`: which one it is a listing does not say, and no address but a
 * loopback one has that name (RFC 6761, 6.3).
 * @param option as the listing has it, such as `-d !localhost`. @returns undefined where it names something else.
 */
export function loopbackName(option: string): KnownOption<true> | undefined {
  const [, flag, sign] = /^-([sd]) (!?)localhost(?:\/8)?$/.exec(option) ?? []
  if (flag === undefined) return undefined
  const field = flag === 's' ? 'saddr' : 'daddr'
  return known<true>({
    option,
    words: 0,
    invertible: false,
    read: () => true,
    print: () => undefined,
    lower(_, { family }) {
      const inside = IntervalSet.of(domainOf(field, family), addressesOfPrefix(loopbackNetworks[family]))
      const decision: Branch = {
        field,
        edges: [
          { in: inside, then: true },
          { in: inside.complement(), then: false },
        ],
      }
      return {
        kind: 'set',
        name: 'localhost',
        anyOf: [decision],
        asks: [field],
        negated: sign === '!',
        changes: new Set(['takes']),
        why: 'a name, and which address of loopback has it the listing does not say',
      }
    },
  })
}
