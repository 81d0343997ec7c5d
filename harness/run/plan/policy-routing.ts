import { families, type Family, familyOf } from '../../core/address.ts'
import type { PolicyRouting } from '../../flow/policy-routing.ts'
import type { RuleText } from '../../flow/ruleset.ts'

/**
 * The policy routing that goes with a pod's rules: of each family the texts' own, or else the mesh's. Addresses are
 * separate: texts that say nothing of loopback's leave the mesh's.
 */
export function routingBeside(texts: readonly RuleText[], beside: PolicyRouting): PolicyRouting {
  const told = (family: Family) =>
    texts.flatMap((text) => (text.family === family && text.routing !== undefined ? [text.routing] : []))
  const chosen = families.map((family) => {
    const own = told(family)
    const isSaid = own.some(({ rules }) => rules !== undefined)
    const isLoopbackSaid = own.some(({ loopbackAddresses }) => loopbackAddresses !== undefined)
    const isOf = (each: { family: Family }): boolean => each.family === family
    return {
      rules: isSaid ? own.flatMap(({ rules = [] }) => rules) : beside.rules.filter(isOf),
      routes: isSaid ? own.flatMap(({ routes = [] }) => routes) : beside.routes.filter(isOf),
      loopbackAddresses: isLoopbackSaid
        ? own.flatMap(({ loopbackAddresses = [] }) => loopbackAddresses)
        : beside.loopbackAddresses.filter((address) => familyOf(address) === family),
    }
  })
  return {
    rules: chosen.flatMap(({ rules }) => rules),
    routes: chosen.flatMap(({ routes }) => routes),
    loopbackAddresses: [...new Set(chosen.flatMap(({ loopbackAddresses }) => loopbackAddresses))],
  }
}
