import fc from 'fast-check'
import { isPrivileged } from '../../harness/agent/workers.ts'
import { flowAt } from '../../harness/classes/space/flow-at.ts'
import { spaceOf } from '../../harness/classes/space/space.ts'
import type { World } from '../../harness/classes/space/world.ts'
import type { Family } from '../../harness/core/address.ts'
import { parseFlags } from '../../harness/core/tcp-flags.ts'
import type { ConcreteFlow } from '../../harness/flow/flow.ts'
import { type Credentials, namedCredentials } from '../../harness/flow/identity.ts'
import { unsendable } from '../../harness/flow/sendable.ts'
import type { PodAddresses } from '../../harness/run/plan/pod-addresses.ts'
import { somePoint, toldApart } from '../classes/some-point.ts'
import { randomCase } from '../model/random.ts'
import { type Dice, pickOf } from './change-rules.ts'

const mostIdentities = 6

/** Who sends marked and raw packets: each is a process of its own, so they are the same few for every pod. */
const privileged: readonly Credentials[] = [
  namedCredentials.app,
  namedCredentials.root,
  { uid: 1500, gid: 0, groups: [] },
]

/** Segments that begin no connection: invalid ones, and one that connection tracking takes for a beginning. */
const segments = ['FIN,ACK', 'ACK', 'RST', 'SYN,ACK'].map((flags) => parseFlags(flags) ?? 0)

/**
 * Flows at what rules name and around it, and plain ones: of every identity, from everywhere, to all that there is.
 * Each port that one chooses for itself is its own alone.
 */
export function randomFlows(
  family: Family,
  worlds: readonly World[],
  addresses: PodAddresses,
  count: number,
  seed: number,
  dice: Dice,
): ConcreteFlow[] {
  const space = spaceOf(worlds, { families: [family] })
  const told = toldApart(worlds)
  const plain = fc.sample(randomCase(family, 40), { seed, numRuns: 2 }).flatMap(({ flows }) => flows)
  // Each is a process of its own: few of them, at what rules name.
  const identities: Credentials[] = []
  const identityOf = (own: Credentials): Credentials => {
    if (identities.length < mostIdentities) identities.push(own)
    return identities.find((known) => known.uid === own.uid && dice() < 0.9) ?? pickOf(identities, dice)
  }
  const raised = pickOf(privileged, dice)
  // What goes alone takes as long as 64 that go together: few of them, and ports of a flow's own choice, which need a
  // pod of their own, not every time.
  const mostChosen = dice() < 0.3 ? 6 : 0
  let rawLeft = 3
  const found = new Map<string, ConcreteFlow>()
  const ports = new Set<number>()
  for (let tries = 0; found.size < count && tries < 20 * count; tries += 1) {
    const root = pickOf(space, dice)
    const made = dice() < 0.3 ? pickOf(plain, dice) : flowAt(root.frame, somePoint(root, told, dice))
    const flow = sentAs(varied(made, dice), ({ credentials, ...what }) =>
      isPrivileged(what) ? raised : identityOf(credentials),
    )
    const { source, origin, destination } = flow
    if (origin.kind === 'inner' && addresses.shape.inner === undefined) continue
    const isForPod = origin.kind !== 'peer' || addresses.own.includes(destination.address)
    if (!isForPod || unsendable(flow, addresses.shape) !== undefined) continue
    if (source?.port !== undefined && (source.port < 1024 || ports.size >= mostChosen || ports.has(source.port)))
      continue
    if (flow.raw !== undefined && rawLeft === 0) continue
    if (flow.raw !== undefined) rawLeft -= 1
    if (source?.port !== undefined) ports.add(source.port)
    found.set(JSON.stringify(flow), flow)
  }
  return [...found.values()]
}

const sentAs = (flow: ConcreteFlow, as: (flow: ConcreteFlow) => Credentials): ConcreteFlow =>
  flow.origin.kind === 'pod' ? { ...flow, credentials: as(flow) } : flow

function varied({ source, ...flow }: ConcreteFlow, dice: Dice): ConcreteFlow {
  const { port, ...from } = source ?? {}
  const isRaw = flow.protocol === 'tcp' && dice() < 0.05
  const isFrom = { ...from, ...(port !== undefined && !isRaw && dice() < 0.1 && { port }) }
  return {
    ...flow,
    ...(Object.keys(isFrom).length > 0 && { source: isFrom }),
    ...(isRaw && { raw: pickOf(segments, dice) }),
    ...(flow.origin.kind === 'pod' && flow.mark === undefined && dice() < 0.1 && { mark: pickOf([1, 2, 3], dice) }),
  }
}
