import { isLoopback } from '../../core/address.ts'
import { isCapturing, listeningPorts, stationAt } from '../../flow/listener.ts'
import type { Expected, Receiver } from '../../flow/verdict.ts'
import type { Profile } from '../../mesh/profile.ts'
import { captured, direct, farAway, flow, type Part } from './part.ts'

/** Ports with those beside them; what listens there, or is exempt as well, is nobody's neighbour. */
const neighbours = (ports: readonly number[], taken: readonly number[]): number[] =>
  [...new Set(ports.flatMap((port) => [port - 1, port + 1]))].filter(
    (port) => port > 0 && port < 65_536 && !taken.includes(port),
  )

export function exempt(profile: Profile): Part[] {
  const { leftAlone, listeners } = profile
  const own = listeningPorts(listeners)
  const ownerOf = (port: number): Receiver | undefined | 'nobody' => {
    const listener = listeners.find((each) => each.port === port && each.protocol === 'tcp')
    if (listener === undefined) return undefined
    if (listener.on === 'loopback' || isLoopback(listener.on)) return 'nobody'
    return isCapturing(listener) ? `envoy-${listener.name}` : (stationAt(listener) as Receiver)
  }
  const inbound = leftAlone.inbound.flatMap((port) => {
    const owner = ownerOf(port)
    const expected: Expected =
      owner === 'nobody'
        ? { verdict: 'refused', refusedBy: 'pod' }
        : owner === undefined
          ? direct
          : { verdict: 'direct', answeredBy: owner }
    return [[flow('remote', 'tcp', `pod:${port}`), expected] as const]
  })
  const near = neighbours(leftAlone.inbound, [...leftAlone.inbound, ...own])
  const into = captured(profile, 'inbound')
  const out = captured(profile, 'outbound')
  const far = neighbours(leftAlone.outbound, leftAlone.outbound)
  return [
    {
      title: 'exempt inbound ports are left alone, and their neighbours are not',
      flows: [...inbound, ...near.map((port) => [flow('remote', 'tcp', `pod:${port}`), into] as const)],
    },
    {
      title: 'exempt outbound ports are left alone, and their neighbours are not',
      flows: [
        ...leftAlone.outbound.flatMap((port) =>
          farAway(profile, port).map((to) => [flow('app', 'tcp', to), direct] as const),
        ),
        ...far.flatMap((port) => farAway(profile, port).map((to) => [flow('app', 'tcp', to), out] as const)),
      ],
    },
    {
      title: 'exempt destinations are left alone',
      flows: (leftAlone.ranges ?? []).map((range) => {
        const address = range.slice(0, range.lastIndexOf('/'))
        return [flow('app', 'tcp', address.includes(':') ? `[${address}]:80` : `${address}:80`), direct] as const
      }),
    },
  ]
}
