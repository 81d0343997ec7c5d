import type { Link } from '../../flow/pod-plan.ts'

/** eth0 has 10.244.0.0/24 and fd00:10::/64, every further interface the next ones. */
export function makeLink(name: string, position: number): Link {
  return {
    name,
    pod: { ipv4: `10.${244 + position}.0.5/24`, ipv6: `fd00:${10 + position}::5/64` },
    peer: { ipv4: `10.${244 + position}.0.1/24`, ipv6: `fd00:${10 + position}::1/64` },
  }
}
