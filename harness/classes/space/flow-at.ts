import { familyOf } from '../../core/address.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import { type Credentials, namedCredentials } from '../../flow/identity.ts'
import { addressNumber, addressOfNumber } from '../../netfilter/wide-values.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import { Unpredictable } from '../../model/packet/unpredictable.ts'
import type { Frame, Point } from '../boxes/frame.ts'

/** The flow of a frame that has these values; nothing symbolic is left in it. */
export function flowAt(frame: Frame, point: Point): ConcreteFlow {
  const { family, origin, protocol, raw, tos, boundTo } = frame
  const { uid = 1000, gid = uid, group = gid, mark = 0, saddr, daddr = 0n, sport, dport = 0 } = point as NumericPoint
  const groups = group === gid ? [] : [group]
  const source = {
    ...(saddr !== undefined && { address: addressOfNumber(saddr, family) }),
    ...(sport !== undefined && { port: sport }),
  }
  return {
    credentials: origin.kind === 'pod' ? { uid, gid, groups } : senders[origin.kind],
    origin,
    protocol,
    family,
    destination: { address: addressOfNumber(daddr, family), port: protocol === 'icmp' ? 0 : dport },
    ...(Object.keys(source).length > 0 && { source }),
    ...(boundTo !== undefined && { bindToDevice: boundTo }),
    ...(mark !== 0 && { mark }),
    ...(raw !== undefined && { raw }),
    ...(tos !== undefined && { tos }),
  }
}

/** Nobody in the pod sees who sends from outside. */
const senders: Readonly<Record<'peer' | 'inner', Credentials>> = {
  peer: namedCredentials.remote,
  inner: namedCredentials.app,
}

interface NumericPoint {
  uid?: number
  gid?: number
  group?: number
  mark?: number
  saddr?: bigint
  daddr?: bigint
  sport?: number
  dport?: number
}

/**
 * The values of a flow, which lies in a box of its frame that contains them.
 * @param stack chooses its source address, where the flow does not.
 * @returns undefined where no point has that flow: its socket is bound to a device or transparent, or it has several
 * supplementary groups.
 */
export function pointOf(flow: ConcreteFlow, stack: NetworkStack): Point | undefined {
  const { credentials, origin, protocol, destination, source = {}, mark = 0 } = flow
  const { uid, gid, groups } = credentials
  const others = [...new Set(groups)].filter((group) => group !== gid)
  if (flow.bindToDevice !== undefined || flow.transparent === true || others.length > 1) return undefined
  const saddr = source.address ?? chosenSource(flow, stack)
  return {
    ...(origin.kind === 'pod' && { uid, gid, group: others[0] ?? gid, mark }),
    ...(saddr !== undefined && { saddr: addressNumber(saddr) }),
    daddr: addressNumber(destination.address),
    ...(protocol !== 'icmp' && { dport: destination.port, ...(source.port !== undefined && { sport: source.port }) }),
  }
}

/** Where the policy routing is not known, that of table main: what becomes of the flow is not known then, either. */
function routedSource(
  {
    destination: { address: destination },
    mark,
    bindToDevice: bound,
  }: Pick<ConcreteFlow, 'destination' | 'mark' | 'bindToDevice'>,
  stack: NetworkStack,
): string | undefined {
  try {
    return (bound === undefined ? stack.route(destination, { mark }) : stack.routeBy(bound, destination, { mark }))
      ?.source
  } catch (thrown) {
    if (!(thrown instanceof Unpredictable)) throw thrown
    const family = familyOf(destination) ?? 'ipv4'
    return bound === undefined ? stack.mainRoute(destination).source : stack.addressOf(bound, family)
  }
}

/** The source address that the sender's route has; undefined where it has none. */
export function chosenSource(flow: ConcreteFlow, stack: NetworkStack): string | undefined {
  const { origin, family } = flow
  const { links, inner } = stack.pod
  if (origin.kind === 'inner') return inner?.address
  if (origin.kind === 'pod') return routedSource(flow, stack)
  const peer = links.find(({ name }) => name === origin.interface)?.peer[family]
  return peer?.slice(0, peer.indexOf('/'))
}
