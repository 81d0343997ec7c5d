import { formatAddressPort } from '../../core/address.ts'
import { formatFlags } from '../../core/tcp-flags.ts'
import { formatTos } from '../../core/tos.ts'
import { type ConcreteFlow, type Flow, formatFlow } from '../../flow/flow.ts'
import {
  type Credentials,
  formatCredentials,
  formatIdentity,
  type Identity,
  namedCredentials,
} from '../../flow/identity.ts'
import { flowAs } from '../../run/witnesses/flow-as.ts'
import { describeOrigin } from '../../report/describing/stations.ts'

/** A witness as a scenario would write it. @param proxy whom the proxy runs as. */
export const askedAs = (flow: ConcreteFlow, proxy: Credentials): Flow => flowAs(flow, identityOf(flow, proxy))

/** A witness as ids have it. */
export const witnessId = (flow: ConcreteFlow, proxy: Credentials): string => formatFlow(askedAs(flow, proxy))

/** `app (1000:1000) → TCP 203.0.113.10:80` */
export function describeWitness(flow: ConcreteFlow, proxy: Credentials): string {
  const { protocol, destination, source, bindToDevice, mark, tos, raw } = flow
  const to = protocol === 'icmp' ? destination.address : formatAddressPort(destination)
  const details = [
    ...(source === undefined
      ? []
      : [`from ${[source.address ?? 'any address', source.port ?? 'any port'].join(', ')}`]),
    ...(bindToDevice === undefined ? [] : [`bound to ${bindToDevice}`]),
    ...(raw === undefined ? [] : [`a lone segment with ${formatFlags(raw)}`]),
    ...(mark === undefined ? [] : [`with mark 0x${mark.toString(16)}`]),
    ...(tos ? [`with ${formatTos(tos)}`] : []),
  ]
  return [`${describeSender(flow, proxy)} → ${protocol.toUpperCase()} ${to}`, ...details].join(', ')
}

/** `app (1000:1000)`, or `remote on eth0's peer` */
export function describeSender(flow: ConcreteFlow, proxy: Credentials): string {
  const identity = identityOf(flow, proxy)
  const numbers =
    typeof identity === 'object' || identity === 'remote' ? '' : ` (${formatCredentials(flow.credentials)})`
  return `${formatIdentity(identity)}${numbers}${describeOrigin(flow.origin)}`
}

function identityOf(
  { origin, credentials }: Pick<ConcreteFlow, 'origin' | 'credentials'>,
  proxy: Credentials,
): Identity {
  if (origin.kind !== 'pod') return 'remote'
  const text = formatCredentials(credentials)
  if (text === formatCredentials(proxy)) return 'proxy'
  const name = (['app', 'root'] as const).find((known) => formatCredentials(namedCredentials[known]) === text)
  return name ?? credentials
}
