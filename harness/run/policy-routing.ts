import { noRouting, type PolicyRouting } from '../flow/policy-routing.ts'
import type { RuleText } from '../flow/ruleset.ts'

/**
 * The policy routing that goes with a pod's rules: the texts' own, or else the mesh's. Addresses are separate: a text that names none
 * leaves the mesh's.
 */
export function routingBeside(texts: readonly RuleText[], beside: PolicyRouting): PolicyRouting {
  const own = texts.flatMap(({ routing }) => routing ?? [])
  if (own.length === 0) return beside
  const { rules, routes, loopbackAddresses } = own.reduce(
    (all, one) => ({
      rules: [...all.rules, ...one.rules],
      routes: [...all.routes, ...one.routes],
      loopbackAddresses: [...all.loopbackAddresses, ...one.loopbackAddresses],
    }),
    noRouting,
  )
  return { rules, routes, loopbackAddresses: loopbackAddresses.length > 0 ? loopbackAddresses : beside.loopbackAddresses }
}
