import { split } from '../go-values.ts'
import { nat, type Rule, type Scope, type Step } from './rule.ts'

export const listener: Step = () => nat('-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001')

export const jumpTCP: Step = () => nat('-A OUTPUT -p tcp -j ISTIO_OUTPUT')

/** From 1.25 on UDP passes through the chain as well. */
export const jumpAll: Step = () => nat('-A OUTPUT -j ISTIO_OUTPUT')

export const excludedPorts: Step = ({ release, args }) => {
  const protocols = release === '1.31' ? ['tcp', 'udp'] : ['tcp']
  return nat(
    ...split(args.excludeOutboundPorts).flatMap((port) =>
      protocols.map((protocol) => `-A ISTIO_OUTPUT -p ${protocol} --dport ${port} -j RETURN`),
    ),
  )
}

/** What the proxy passes on to an application is not inbound once more. */
export const passthrough: Step = (scope) => nat(`-A ISTIO_OUTPUT -o lo -s ${scope.passthrough} -j RETURN`)

/** Applications within a pod that talk by localhost do so without the proxy. */
export const loopback: Step = (scope) => nat(`-A ISTIO_OUTPUT -d ${scope.loopback} -j RETURN`)

export const excludedRanges: Step = ({ excluded, family }) =>
  nat(...excluded[family].map((range) => `-A ISTIO_OUTPUT -d ${range} -j RETURN`))

export const includedPorts: Step = ({ args }) =>
  nat(...split(args.includeOutboundPorts).map((port) => `-A ISTIO_OUTPUT -p tcp --dport ${port} -j ISTIO_REDIRECT`))

/** All that is left, or these ranges alone; what comes from rerouted interfaces is treated alike. */
export const includedRanges: Step = (scope) => {
  const { release, args, included, family } = scope
  const interfaces = split(args.rerouteInterfaces)
  if (included.isAll) return [...nat('-A ISTIO_OUTPUT -j ISTIO_REDIRECT'), ...nat(...interfaces.map(rerouted(scope)))]
  const rules = included[family].flatMap((range): Rule[] => [
    ...nat(...interfaces.map((name) => `-I PREROUTING 1 -i ${name} -d ${range} -j ISTIO_REDIRECT`)),
    ...nat(`-A ISTIO_OUTPUT -d ${range} -j ISTIO_REDIRECT`),
  ])
  return rules.length === 0 || release === '1.31' ? rules : [...rules, ...nat('-A ISTIO_OUTPUT -j RETURN')]
}

/** For IPv6 1.5 says RETURN here (handleInboundIpv6Rules): what comes from there is not captured. */
function rerouted({ release, family }: Scope): (name: string) => string {
  const target = release === '1.5' && family === 'ipv6' ? 'RETURN' : 'ISTIO_REDIRECT'
  return (name) => `-I PREROUTING 1 -i ${name} -j ${target}`
}
