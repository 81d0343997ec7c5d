import { hostPrefix, isInPrefix, isLoopback, withoutPrefix } from '../../core/address.ts'
import { hasOthersBehind } from '../../flow/bridge-names.ts'
import { type Rule, rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'

/**
 * The networks and hosts that rules say are behind an interface, with their prefix lengths: what comes from there by
 * it, or goes there by it, and what Docker's rules say of a network of its own (`-s 172.17.0.0/16 ! -o docker0 -j
 * MASQUERADE`, `! -i docker0 … -j DNAT --to-destination 172.17.0.2:80`).
 * @param own the machine's own addresses, as far as they are known.
 */
export function toldNetworks(rulesets: readonly Ruleset[], own: readonly string[] = []): Map<string, string[]> {
  const told = new Map<string, string[]>()
  const add = (name: string, network: string): void => {
    const known = told.get(name) ?? []
    if (isSomebodys(network, own) && !known.includes(network)) told.set(name, [...known, network])
  }
  const rules = rulesets.flatMap(rulesOf)
  for (const rule of rules) {
    const devices = devicesOf(rule)
    for (const { name, isIn, negated } of devices) {
      for (const { network, isSource } of networksOf(rule)) if ((isSource === isIn) !== negated) add(name, network)
      if (isIn && negated) for (const address of targetsOf(rule)) add(name, hostPrefix(address))
    }
  }
  return told
}

/** Where rules translate to, but for loopback. */
export const targetsOf = ({ statements }: Rule): string[] =>
  statements.flatMap((statement) =>
    statement.kind === 'dnat' && statement.addresses !== undefined && !isLoopback(statement.addresses.first)
      ? [statement.addresses.first]
      : [],
  )

const devicesOf = ({ conditions }: Rule): { name: string; isIn: boolean; negated: boolean }[] =>
  conditions.flatMap(({ asked: { subject, value = '', negated = false } }) =>
    (subject === '-i' || subject === '-o') && hasOthersBehind(value) && !value.endsWith('+')
      ? [{ name: value, isIn: subject === '-i', negated }]
      : [],
  )

const networksOf = ({ conditions }: Rule): { network: string; isSource: boolean }[] =>
  conditions.flatMap(({ asked: { subject, value = '', negated = false } }) =>
    (subject === '-s' || subject === '-d') && !negated && /^[\da-f.:]+\/(?!0$)\d+$/.test(value)
      ? [{ network: value, isSource: subject === '-s' }]
      : [],
  )

/** Not the machine's own address or a network around it, nor what means several hosts, or nobody in particular. */
function isSomebodys(network: string, own: readonly string[]): boolean {
  const address = withoutPrefix(network)
  const isShared = ['224.0.0.0/4', '255.255.255.255/32', 'ff00::/8', 'fe80::/10'].some((range) =>
    isInPrefix(address, range),
  )
  return !isShared && !isLoopback(address) && !own.some((each) => isInPrefix(each, network))
}
