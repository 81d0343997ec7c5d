import type { Box } from '../../classes/frame.ts'

/** How much of all values a box has, from 0 to 1, as far as numbers tell. */
export function sizeOf(box: Box): number {
  return Object.values(box.in).reduce((size, { intervals, domain }) => {
    const all = Number(domain.last) - Number(domain.first) + 1
    return (size * intervals.reduce((sum, { first, last }) => sum + Number(last) - Number(first) + 1, 0)) / all
  }, 1)
}
