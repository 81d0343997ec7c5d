import { families, isInPrefix, withoutPrefix } from '../../core/address.ts'
import type { Link } from '../../flow/pod-plan.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import { capturedShape } from './captured-shape.ts'
import { makeLink } from './make-link.ts'
import { PodAddresses } from './pod-addresses.ts'

/**
 * The addresses of a scenario's pod. With rules from a captured text that shows the pod around them, its interfaces
 * have the addresses that they have there, those that the scenario does not name as well; an interface that only the
 * scenario has stands beside them.
 */
export function scenarioPod(scenario: Scenario, source: Pick<RuleSource, 'capture'> | undefined): PodAddresses {
  const own = PodAddresses.of(scenario)
  const named = own.links.map(({ name }) => name)
  const shape = source?.capture && capturedShape(source.capture.pod, { named: new Set(named) })?.shape
  if (shape === undefined || !shape.links.some(({ name }) => name === named[0])) return own
  const others = shape.links.filter(({ name }) => !named.includes(name) && name !== own.inner?.bridge)
  const links = named.map(
    (name, position) =>
      shape.links.find((link) => link.name === name) ??
      own.links.find((link) => link.name === name && link.behind !== undefined) ??
      beside(shape.links, name, position),
  )
  const { inner, loopback } = own
  const { services, closed, podIPs } = scenario
  const all = [...links, ...others]
  // What a scenario says of an address by its number is about the pod that it was written for.
  const spoken = [...literalsOf(scenario), ...(inner === undefined ? [] : [inner.bridgeAddress])]
  if (spoken.some((address) => [...all, ...own.links].some((link) => isOn(link, address)))) return own
  return new PodAddresses({
    ...shape,
    ...(own.shape.forwards && { forwards: own.shape.forwards }),
    links: all,
    services,
    closed,
    loopback,
    ...(inner && { inner }),
    ...(podIPs && { podIPs }),
  })
}

/** A link of ours in a network that none of the others has. */
function beside(links: readonly Link[], name: string, position: number): Link {
  const free = Array.from({ length: 8 }, (_, more) => makeLink(name, position + more)).find((link) =>
    families.every((family) => links.every((other) => !isInPrefix(withoutPrefix(link.pod[family]), other.pod[family]))),
  )
  return free ?? makeLink(name, position)
}

const isOn = ({ pod }: Link, address: string): boolean => families.some((family) => isInPrefix(address, pod[family]))

/** Every address that a scenario writes as such. */
function literalsOf({ flows, services, closed }: Scenario): string[] {
  const endpoints = [
    ...flows.map(({ flow }) => flow.destination),
    ...services.flatMap(({ at, to }) => [at, to]),
    ...closed,
  ]
  return endpoints.flatMap((endpoint) => (endpoint.kind === 'literal' ? endpoint.address : []))
}
