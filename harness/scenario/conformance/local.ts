import type { Family } from '../../core/address.ts'
import type { Expected } from '../../flow/verdict.ts'
import type { Profile } from '../../mesh/profile.ts'
import { parseEndpoint } from '../endpoint-text.ts'
import { appPort, captured, direct, flow, type Part } from './part.ts'

const services: Readonly<Record<Family, string>> = { ipv4: '10.96.0.10:80', ipv6: '[fd00:96::10]:80' }

export function loopback(profile: Profile): Part {
  const who = ['app', 'root', 'proxy'] as const
  return {
    title: 'loopback is left alone',
    flows: who.map((each) => [flow(each, 'tcp', `lo:${appPort}`), direct] as const),
    families: profile.families,
  }
}

export function ownAddress(profile: Profile): Part[] {
  const { ownAddress: own } = profile
  if (own === undefined) return []
  const fate = (what: 'direct' | 'outbound' | 'inbound'): Expected =>
    what === 'direct' ? direct : captured(profile, what)
  const to = `pod:${appPort}`
  return [
    {
      title: "the pod's own address",
      flows: [
        [flow('app', 'tcp', to), fate(own.app)],
        [flow('proxy', 'tcp', to), fate(own.proxy)],
      ],
    },
  ]
}

/**
 * A service whose only endpoint is the pod itself: what the proxy dials on comes back to it, and must not go round
 * again.
 */
export function loops(profile: Profile): Part[] {
  const out = captured(profile, 'outbound')
  if (out.verdict === 'direct') return []
  const [endpoint] = [parseEndpoint(`pod:${appPort}`, true)]
  return [
    {
      title: 'a service of the pod itself is reached without a loop',
      services: profile.families.map((family) => ({ at: parseEndpoint(services[family], true), to: endpoint })),
      flows: profile.families.map((family) => [flow('app', 'tcp', services[family]), out] as const),
    },
  ]
}
