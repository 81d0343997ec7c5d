/** Ports from first to last, both included. */
export interface PortRange {
  first: number
  last: number
}

/** Where Linux itself takes a client's port from (Documentation/networking/ip-sysctl.rst, ip_local_port_range). */
export const clientPorts: PortRange = { first: 32_768, last: 60_999 }

/** Whether a range has all clients' ports: it tells none of them from the others. */
export const hasAllClientPorts = ({ first, last }: PortRange): boolean =>
  first <= clientPorts.first && last >= clientPorts.last

const sizeOf = ({ first, last }: PortRange): number => last - first + 1

/** How many ports these ranges have together. */
export const countPorts = (ranges: readonly PortRange[]): number =>
  ranges.reduce((sum, range) => sum + sizeOf(range), 0)

export const overlap = (a: PortRange, b: PortRange): PortRange => ({
  first: Math.max(a.first, b.first),
  last: Math.min(a.last, b.last),
})

/** What of each range is left without these, in the order of the ranges and upwards in each. */
export function withoutPorts(ranges: readonly PortRange[], holes: readonly PortRange[]): PortRange[] {
  const sorted = holes.toSorted((a, b) => a.first - b.first)
  return ranges.flatMap(({ first, last }) => {
    const left: PortRange[] = []
    let next = first
    for (const hole of sorted) {
      if (hole.last < next) continue
      if (hole.first > last) break
      if (hole.first > next) left.push({ first: next, last: hole.first - 1 })
      next = hole.last + 1
    }
    return next > last ? left : [...left, { first: next, last }]
  })
}

/** So many ports from a place on, counted through the ranges in their order. */
export function slicePorts(ranges: readonly PortRange[], start: number, count: number): PortRange[] {
  let before = 0
  return ranges.flatMap((range) => {
    const own = overlap(range, { first: range.first + start - before, last: range.first + start + count - before - 1 })
    before += sizeOf(range)
    return own.first > own.last ? [] : [own]
  })
}

/** Every port of the ranges, in their order. */
export function portsOf(ranges: readonly PortRange[]): number[] {
  return ranges.flatMap((range) => Array.from({ length: sizeOf(range) }, (_, index) => range.first + index))
}
