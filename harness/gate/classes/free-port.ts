import type { Box } from '../../classes/boxes/frame.ts'
import type { NetworkStack } from '../../model/stack/network-stack.ts'
import type { World } from '../../classes/space/world.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import { ownedPorts } from '../../flow/listener.ts'

/**
 * A flow of a class as somebody can send it on both sides: from another port of the class where its own is taken.
 * @param box its class. @returns undefined where nobody can.
 */
export function fromFreePort(flow: ConcreteFlow, box: Box, worlds: readonly World[]): ConcreteFlow | undefined {
  const isFree = (own: ConcreteFlow): boolean => worlds.every(({ stack }) => !comesFromTaken(own, stack))
  if (isFree(flow)) return flow
  for (const { first, last } of box.in.sport?.intervals ?? [])
    for (let port = Number(first); port <= last; port += 1) {
      const other = { ...flow, source: { ...flow.source, port } }
      if (isFree(other)) return other
    }
  return undefined
}

/**
 * Whether somebody listens, on its own host, on the port that a connection is to come from. In the pod that is the proxy,
 * or whoever is to get the flow, if that is there as well; and all peers answer whatever is for outside.
 */
function comesFromTaken(
  { origin, protocol, family, source, destination, raw }: ConcreteFlow,
  stack: Pick<NetworkStack, 'pod' | 'isLocal'>,
): boolean {
  const port = source?.port
  if (protocol !== 'tcp' || raw !== undefined || port === undefined || origin.kind === 'inner') return false
  const { proxy, listening } = stack.pod
  const isSentToPort = port === destination.port
  const isForPod = stack.isLocal(destination.address)
  if (origin.kind === 'peer') return isSentToPort && !isForPod
  // Where it is known who listens, not everybody does who is sent something.
  const isReceivers = isSentToPort && isForPod && listening?.tcp === undefined
  return isReceivers || ownedPorts(proxy, family).includes(port)
}
