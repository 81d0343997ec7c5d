import { split } from '../go-values.ts'
import { nat, type Scope, type Step } from './rule.ts'

/** Groups whose traffic is not captured, or the only ones whose is. */
export const ownerGroups: Step = (scope) => nat(...exempted(scope).map((match) => `-A ISTIO_OUTPUT ${match}-j RETURN`))

/** The matches of what is not captured; that of an empty include list matches all. */
export function exempted({ args }: Scope): string[] {
  if (args.ownerGroups === '*') return split(args.excludeOwnerGroups).map((group) => `-m owner --gid-owner ${group} `)
  return [
    split(args.ownerGroups)
      .map((group) => `-m owner ! --gid-owner ${group} `)
      .join(''),
  ]
}
