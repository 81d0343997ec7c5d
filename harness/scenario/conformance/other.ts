import { families } from '../../core/address.ts'
import type { Profile } from '../../mesh/profile.ts'
import { appPort, direct, farAway, flow, outside, type Part } from './part.ts'

export function otherProtocols(profile: Profile): Part {
  return {
    title: 'UDP and ICMP are left alone',
    flows: [
      ...[...farAway(profile, 443), 'peer:5000', `pod:${appPort}`].map(
        (to) => [flow('app', 'udp', to), direct] as const,
      ),
      [flow('remote', 'udp', `pod:${appPort}`), direct],
      ...['peer', 'pod', ...profile.families.map((family) => outside[family].replace(/[[\]]/g, ''))].map(
        (to) => [flow('app', 'icmp', to), direct] as const,
      ),
      [flow('remote', 'icmp', 'pod'), direct],
    ],
  }
}

export function otherFamily(profile: Profile): Part[] {
  return families
    .filter((family) => !profile.families.includes(family))
    .map((family) => ({
      title: `${family} is left alone`,
      families: [family],
      flows: [
        [flow('app', 'tcp', `${outside[family]}:80`), direct],
        [flow('app', 'tcp', 'peer:443'), direct],
        [flow('remote', 'tcp', `pod:${appPort}`), direct],
        [flow('app', 'tcp', `pod:${appPort}`), direct],
      ],
    }))
}
