import type { Family } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import { show } from '../show.ts'
import { readRange, split } from './go-values.ts'
import type { Release } from './releases.ts'

/** A list of ranges as rules have them, by family. */
export type Ranges = Readonly<Record<Family, readonly string[]>> & {
  /** `*` */
  isAll: boolean
  /**
   * Whether a range of either family starts at a loopback address, which asks for calls within the pod to be captured;
   * not in 1.5.
   */
  hasLoopback: boolean
  /** What is none; 1.5 and 1.17 pass over it. */
  dropped: readonly string[]
}

/** Reads a list as the generator does (SeparateV4V6 in tools/common/config). */
export function readRanges(release: Release, list: string): Ranges {
  if (list === '*') return { isAll: true, ipv4: [], ipv6: [], hasLoopback: false, dropped: [] }
  const read = split(list).map((text) => ({ text, range: readRange(release, text) }))
  const of = (family: Family) => read.flatMap(({ range }) => (range?.family === family ? [range.text] : []))
  return {
    isAll: false,
    ipv4: of('ipv4'),
    ipv6: of('ipv6'),
    hasLoopback: release !== '1.5' && read.some(({ range }) => range?.isLoopback),
    dropped: read.flatMap(({ text, range }) => (range === undefined ? [text] : [])),
  }
}

/**
 * @throws HarnessError (`input`) if the generator would end with an error, so that no pod starts. @param option where
 * the list is from.
 */
export function requireRanges(release: Release, option: string, { isAll, dropped }: Ranges, mayBeAll: boolean): void {
  if (isAll && !mayBeAll) throw inputError(option, "istio-iptables ends with an error: an exclude list cannot be '*'")
  if (release !== '1.31' || dropped[0] === undefined) return
  throw inputError(
    option,
    `istio-iptables ends with an error: ${show(dropped[0])} is not a range; write one as 10.0.0.0/8, without spaces`,
  )
}
