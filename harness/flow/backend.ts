/** Which of the kernel's two interfaces the iptables binaries speak: nf_tables, or the old x_tables one. */
export type Backend = 'nft' | 'legacy'
export const backends = ['nft', 'legacy'] as const satisfies readonly Backend[]
