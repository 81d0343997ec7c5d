import type { Family } from '../core/address.ts'

/** Which of the kernel's two interfaces the iptables binaries speak: nf_tables, or the old x_tables one. */
export type Backend = 'nft' | 'legacy'
export const backends = ['nft', 'legacy'] as const satisfies readonly Backend[]

/** What iptables is called for a family; the names of its other tools begin so. */
export function toolOf(family: Family): 'iptables' | 'ip6tables' {
  return family === 'ipv4' ? 'iptables' : 'ip6tables'
}

/** Whose rules a tool is for, by its name: `ip6tables-save` is IPv6's. */
export const familyOfTool = (name: string): Family => (name.startsWith('ip6') ? 'ipv6' : 'ipv4')
