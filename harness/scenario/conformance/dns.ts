import type { Expected } from '../../flow/verdict.ts'
import type { Profile } from '../../mesh/profile.ts'
import { direct, farAway, flow, type Part } from './part.ts'

/** Queries go from the listener to whom the proxy asks, or nowhere: then it answers by itself. */
export function dns(profile: Profile): Part[] {
  const { listeners, dialsOn, dnsServers, onlyConfigured = [] } = profile
  const found = onlyConfigured.includes('dns') ? [] : listeners.filter(({ captures }) => captures === 'dns')
  if (found.length === 0) return []
  const asks = dialsOn.dns !== undefined && dialsOn.dns.servers.length > 0
  const captured = (name: string): Expected => ({ verdict: 'redirected', listener: name, ...(!asks && { then: [] }) })
  if (dnsServers === undefined)
    return [
      {
        title: 'DNS is captured, but for the proxy',
        flows: found.flatMap(({ name, protocol }) =>
          farAway(profile, 53).flatMap((to) => [
            [flow('app', protocol, to), captured(name)] as const,
            [flow('proxy', protocol, to), direct] as const,
          ]),
        ),
      },
    ]
  const endpoints = dnsServers.map((server) => (server.includes(':') ? `[${server}]:53` : `${server}:53`))
  return [
    {
      title: `DNS to ${dnsServers.join(' and ')} is captured, and to no other server`,
      flows: [
        ...found.flatMap(({ name, protocol }) =>
          endpoints.map((to) => [flow('app', protocol, to), captured(name)] as const),
        ),
        ...farAway(profile, 53).map((to) => [flow('app', 'udp', to), direct] as const),
      ],
    },
  ]
}
