import type { ConcreteFlow } from '../../flow/flow.ts'

/** Flows that one pod can be sent, each with its place among all. */
export interface Part {
  /** From which ports: parts that are alike in that can share a pod, whatever rules they are sent under. */
  ports: string
  flows: (readonly [index: number, flow: ConcreteFlow])[]
}

interface Growing extends Part {
  from: Set<number>
  to: Set<number>
  /** It takes no others. */
  isAlone: boolean
}

/**
 * As few parts as a simple search finds. Nobody can send from a port on which his own host listens, and somebody
 * listens wherever another flow of the pod is sent to.
 * @returns one part at least.
 */
export function partsOf(flows: readonly ConcreteFlow[]): Part[] {
  const parts: Growing[] = []
  const alike = [...Map.groupBy(flows.entries(), ([, flow]) => fromPort(flow))].map(([ports, own]) =>
    partOf(ports, own),
  )
  for (const part of alike) {
    const found = parts.find((other) => canShare(part, other))
    if (found === undefined) parts.push(part)
    else join(found, part)
  }
  return parts.length === 0 ? [{ ports: '', flows: [] }] : parts
}

function partOf(ports: string, own: (readonly [number, ConcreteFlow])[]): Growing {
  const from = new Set(own.flatMap(([, { source }]) => source?.port ?? []))
  const to = new Set(own.map(([, { destination }]) => destination.port))
  return { ports, flows: own, from, to, isAlone: from.intersection(to).size > 0 }
}

const canShare = (part: Growing, other: Growing): boolean =>
  !part.isAlone && !other.isAlone && part.from.isDisjointFrom(other.to) && other.from.isDisjointFrom(part.to)

function join(part: Growing, { ports, flows, from, to }: Growing): void {
  part.ports = [part.ports, ports].filter(Boolean).join(', ')
  part.flows.push(...flows)
  part.from = part.from.union(from)
  part.to = part.to.union(to)
}

/** Of those that choose no port, it says nothing; a port to which they are sent as well is each address's own. */
function fromPort({ source, destination: { address, port } }: ConcreteFlow): string {
  const own = source?.port
  return own === undefined ? '' : own === port ? `${own} to ${address}` : `${own}`
}
