import { split } from '../go-values.ts'
import { mangle, nat, type Step } from './rule.ts'

/** Neither what comes in by these interfaces is captured nor what leaves by them. */
export const excludedInterfaces: Step = ({ args, isTransparent }) => {
  const texts = split(args.excludeInterfaces).flatMap((name) => [
    `-A PREROUTING -i ${name} -j RETURN`,
    `-A OUTPUT -o ${name} -j RETURN`,
  ])
  return [...nat(...texts), ...(isTransparent ? mangle(...texts) : [])]
}

/** What comes from virtual machines behind the pod is not inbound: these stand in front of all that came before. */
export const reroutedInterfaces: Step = ({ args }) =>
  nat(...split(args.rerouteInterfaces).map((name) => `-I PREROUTING 1 -i ${name} -j RETURN`))

export const reroutedInterfacesIPv4: Step = (scope) => (scope.family === 'ipv4' ? reroutedInterfaces(scope) : [])
