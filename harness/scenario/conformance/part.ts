import type { Family } from '../../core/address.ts'
import type { Endpoint } from '../../flow/endpoint.ts'
import type { Flow, Protocol } from '../../flow/flow.ts'
import type { Identity } from '../../flow/identity.ts'
import { type Capturing, isCapturing } from '../../flow/listener.ts'
import type { Expected } from '../../flow/verdict.ts'
import type { Profile } from '../../mesh/profile.ts'
import { parseEndpoint } from '../endpoint-text.ts'
import type { Scenario } from '../scenario.ts'

/** What a scenario of the set lacks of a whole one. */
export interface Part {
  title: string
  flows: readonly (readonly [flow: Flow, expected: Expected])[]
  services?: Scenario['services']
  families?: readonly Family[]
}

export const outside: Readonly<Record<Family, string>> = { ipv4: '203.0.113.10', ipv6: '[2001:db8::10]' }

/** A port of the pod's that no mesh has a use for. */
export const appPort = 8080

export function flow(identity: Identity, protocol: Protocol, destination: string | Endpoint): Flow {
  const to = typeof destination === 'string' ? parseEndpoint(destination, protocol !== 'icmp') : destination
  return {
    identity,
    origin: identity === 'remote' ? { kind: 'peer', interface: 'eth0' } : { kind: 'pod' },
    protocol,
    destination: to,
  }
}

export const direct: Expected = { verdict: 'direct' }

/** What captures in a direction under an empty config; the first where there are several. */
function captor({ listeners, onlyConfigured = [] }: Profile, what: 'outbound' | 'inbound'): Capturing | undefined {
  return onlyConfigured.includes(what)
    ? undefined
    : listeners.filter(isCapturing).find(({ captures }) => captures === what)
}

/** What becomes of a connection that nothing exempts. */
export function captured(profile: Profile, what: 'outbound' | 'inbound'): Expected {
  const listener = captor(profile, what)
  return listener === undefined ? direct : { verdict: 'redirected', listener: listener.name }
}

/** Destinations outside, of every family that the rules are for. */
export const farAway = ({ families: own }: Profile, port: number): string[] =>
  own.map((family) => `${outside[family]}:${port}`)
