import type { Traced } from './traced.ts'

/**
 * What a packet matched, of all that it did each time it was sent: a connection's first one, the first answer to that,
 * or the first thing said to the answer. A packet walks through each table once a hook, and downwards through the
 * kernel's own chain, so where either starts over, the packet was sent again.
 */
export function ofFirstPacket(traced: readonly Traced[]): Traced[] {
  const walked = new Set<string>()
  let current = ''
  let last = 0
  const end = traced.findIndex(({ hook, table, chain, rule }) => {
    const walk = `${hook} ${table}`
    const isInHook = chain === hook
    if (walk !== current || (isInHook && rule <= last)) {
      if (walked.has(walk)) return true
      walked.add(walk)
      current = walk
      last = 0
    }
    if (isInHook) last = rule
    return false
  })
  return end === -1 ? [...traced] : traced.slice(0, end)
}
