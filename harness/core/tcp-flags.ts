const flagBits = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const

/** The names of the flags in a TCP header, the lowest bit first. */
export const tcpFlagNames: readonly string[] = flagBits

/** Their bits. */
export const tcpFlag = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10, urg: 0x20 } as const

/** `SYN,ACK`, or NONE. */
export function formatFlags(bits: number): string {
  return bits === 0 ? 'NONE' : flagBits.filter((_, bit) => bits & (1 << bit)).join(',')
}

/** Reads what `formatFlags` writes, in any order. @returns undefined if it is something else. */
export function parseFlags(text: string): number | undefined {
  if (text === 'NONE') return 0
  const bits = text.split(',').map((name) => tcpFlagNames.indexOf(name))
  return bits.includes(-1) ? undefined : bits.reduce((all, bit) => all | (1 << bit), 0)
}
