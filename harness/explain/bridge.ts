import { familyOf, isInPrefix } from '../core/address.ts'
import { isBridgeName } from '../flow/bridge-names.ts'
import type { ConcreteFlow } from '../flow/flow.ts'
import type { InnerNetwork } from '../flow/pod-plan.ts'
import type { Condition } from '../netfilter/condition.ts'
import { type Rule, rulesOf, type Ruleset } from '../netfilter/ruleset.ts'

/** Whether it is one bridge, by its name. */
export const isBridge = (name: string): boolean => isBridgeName(name) && !name.endsWith('+')

/**
 * A namespace behind a bridge, as Docker makes one; the bridge has the network's first address, or its second one.
 * @param own the bridge's own address, where that is known.
 */
export function innerOf(bridge: string, address = '172.17.0.2', own?: string): InnerNetwork {
  const network = address.slice(0, address.lastIndexOf('.'))
  return {
    bridge,
    bridgeAddress: own ?? (address === `${network}.1` ? `${network}.2` : `${network}.1`),
    address,
    prefix: 24,
  }
}

/**
 * Whom a flow may be forwarded to: an address that it is sent to, or that a rule translates to, those for its port
 * first, where one rule names both that address, or a network around it, and a bridge. Nothing else is known of who
 * stands where.
 * @param own the addresses of the pod.
 */
export function behindBridge(
  { destination, family, protocol }: ConcreteFlow,
  ruleset: Ruleset,
  own: readonly string[],
): InnerNetwork | undefined {
  if (family !== 'ipv4') return undefined
  const rules = rulesOf(ruleset)
  const isForPort = (rule: Rule): boolean =>
    protocol === 'icmp' || rule.conditions.every((condition) => mayHavePort(condition, destination.port))
  // What is for another port stands there as well: what would change the answer is asked too.
  const translating = [...rules.filter(isForPort), ...rules.filter((rule) => !isForPort(rule))]
  const asked = [destination.address, ...translating.flatMap(translatesTo)].filter(
    (address) => familyOf(address) === 'ipv4' && !own.includes(address),
  )
  for (const address of asked) {
    const rule = rules.find((one) => bridgesIn(one).length > 0 && isAbout(one, address))
    const [bridge] = rule === undefined ? [] : bridgesIn(rule)
    if (bridge !== undefined) return innerOf(bridge, address)
  }
  return undefined
}

const bridgesIn = ({ conditions }: Rule): string[] =>
  conditions.flatMap(({ asked: { subject, value = '' } }) =>
    (subject === '-i' || subject === '-o') && isBridge(value) ? [value] : [],
  )

const translatesTo = ({ statements }: Rule): string[] =>
  statements.flatMap((statement) =>
    statement.kind === 'dnat' && statement.addresses !== undefined ? [statement.addresses.first] : [],
  )

const isAbout = (rule: Rule, address: string): boolean =>
  translatesTo(rule).includes(address) ||
  rule.conditions.some(
    ({ asked: { subject, value = '', negated } }) =>
      (subject === '-s' || subject === '-d') &&
      !negated &&
      /^[\d.]+\/(?!0$)\d+$/.test(value) &&
      isInPrefix(address, value),
  )

const mayHavePort = (condition: Condition, port: number): boolean =>
  condition.kind !== 'field' || condition.field !== 'dport' || condition.in.contains(port)
