import { split } from '../go-values.ts'
import { mangle, nat, type Rule, type Scope, type Step } from './rule.ts'

/**
 * Whoever tunnels to the proxy reaches its port for that; in nat even where inbound connections are taken in mangle.
 */
export const exemptTunnel: Step = () => nat('-A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN')

/** 1.5 has inbound connections go to the outbound listener where only some ports are captured. */
export const inboundListener: Step = ({ release, args }) => {
  const port = release === '1.5' && args.includeInboundPorts !== '*' ? 15001 : 15006
  return nat(`-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports ${port}`)
}

export const inbound: Step = (scope) => {
  if (scope.args.includeInboundPorts === '') return []
  return scope.isTransparent
    ? [...transparentChains(scope), ...captured(scope, mangle, transparently)]
    : captured(scope, nat, redirected)
}

function transparentChains({ release, loopback }: Scope): Rule[] {
  const port = release === '1.5' ? 15001 : 15006
  return mangle(
    '-A ISTIO_DIVERT -j MARK --set-mark 1337',
    '-A ISTIO_DIVERT -j ACCEPT',
    `-A ISTIO_TPROXY ! -d ${loopback} -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port ${port}`,
  )
}

/** @param capture the rules that capture what this matches. */
function captured({ release, args }: Scope, inTable: typeof nat, capture: (match: string) => string[]): Rule[] {
  const exempt = (port: string): string => `-A ISTIO_INBOUND -p tcp --dport ${port} -j RETURN`
  const jump = '-A PREROUTING -p tcp -j ISTIO_INBOUND'
  if (args.includeInboundPorts !== '*') {
    return inTable(
      jump,
      ...split(args.includeInboundPorts).flatMap((port) => capture(`-A ISTIO_INBOUND -p tcp --dport ${port}`)),
    )
  }
  const exempted = [...(release === '1.5' ? ['22'] : []), ...split(args.excludeInboundPorts)]
  return inTable(jump, ...exempted.map(exempt), ...capture('-A ISTIO_INBOUND -p tcp'))
}

const redirected = (match: string): string[] => [`${match} -j ISTIO_IN_REDIRECT`]

const transparently = (match: string): string[] => [
  `${match} -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT`,
  `${match} -j ISTIO_TPROXY`,
]
