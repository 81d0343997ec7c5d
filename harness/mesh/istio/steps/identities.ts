import { split } from '../go-values.ts'
import { nat, type Rule, type Scope, type Step } from './rule.ts'

export const proxyUsers: Step = (scope) =>
  split(scope.args.proxyUIDs).flatMap((id) => spared(scope, '--uid-owner', id, serviceCalls(scope)))

/** A group's calls of its own service are inbound whatever the port: DNS is not excepted. */
export const proxyGroups: Step = (scope) =>
  split(scope.args.proxyGIDs).flatMap((id) =>
    spared(scope, '--gid-owner', id, serviceCalls({ ...scope, capturesDNS: false })),
  )

/**
 * What stands between the proxy and a loop: its calls of its own pod by a service are inbound, the others' calls within
 * the pod stay as they are, its calls to outside are left alone. The second one hides what other IDs have on lo behind
 * it.
 */
function spared({ capturesDNS, included, loopback }: Scope, owner: string, id: string, calls: string): Rule[] {
  const others = capturesDNS ? '-o lo -p tcp ! --dport 53' : '-o lo'
  return nat(
    `-A ISTIO_OUTPUT -o lo ! -d ${loopback}${calls} -m owner ${owner} ${id} -j ISTIO_IN_REDIRECT`,
    // A loopback address among the included ranges asks for such calls to be captured.
    ...(included.hasLoopback ? [] : [`-A ISTIO_OUTPUT ${others} -m owner ! ${owner} ${id} -j RETURN`]),
    `-A ISTIO_OUTPUT -m owner ${owner} ${id} -j RETURN`,
  )
}

/**
 * Which of the proxy's calls within the pod are inbound: not those to the tunnel port (from 1.18), nor to a DNS server.
 */
function serviceCalls({ release, capturesDNS }: Scope): string {
  if (release === '1.31') return capturesDNS ? ' -p tcp -m multiport ! --dports 53,15008' : ' -p tcp ! --dport 15008'
  return capturesDNS ? ' -p tcp ! --dport 53' : ''
}
