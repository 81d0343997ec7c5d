const flagBits = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const

/** The names of the flags in a TCP header, the lowest bit first. */
export const tcpFlagNames: readonly string[] = flagBits

/** `SYN,ACK`, or NONE. */
export function formatFlags(bits: number): string {
  return bits === 0 ? 'NONE' : flagBits.filter((_, bit) => bits & (1 << bit)).join(',')
}

export const hex = (number: number): string => `0x${(number >>> 0).toString(16)}`
