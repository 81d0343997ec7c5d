import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import { show } from '../show.ts'
import { annotationNames } from './annotation-names.ts'
import type { Arguments } from './arguments.ts'
import { readRange, split } from './go-values.ts'
import { readRanges, requireRanges } from './ranges.ts'
import type { Release } from './releases.ts'
import type { Settings } from './settings.ts'

/** Included groups are one rule with as many matches (maxOwnerGroupsInclude in tools/common/config). */
const mostGroups = 64

/**
 * Whether istio-iptables makes rules of its arguments at all. What the injector does not look at can end it, and then
 * no pod starts.
 * @throws HarnessError (`input`) naming option, value and reason.
 */
export function requireGenerated(release: Release, args: Arguments, { pod }: Settings): void {
  const include =
    pod.includeOutboundIPRanges === undefined ? 'includeIPRanges' : annotationNames.includeOutboundIPRanges
  const exclude =
    pod.excludeOutboundIPRanges === undefined ? 'excludeIPRanges' : annotationNames.excludeOutboundIPRanges
  const reading = new Reading()
  reading.of(() => requireRanges(release, include, readRanges(release, args.includeOutboundRanges), true))
  reading.of(() => requireRanges(release, exclude, readRanges(release, args.excludeOutboundRanges), false))
  reading.of(() => requireGroups(args))
  reading.of(() => requireLoopback(release, args))
  reading.end()
}

function requireGroups(args: Arguments): void {
  const groups = args.ownerGroups === '*' ? [] : split(args.ownerGroups)
  if (groups.length > mostGroups) {
    throw inputError(
      'ISTIO_OUTBOUND_OWNER_GROUPS',
      `istio-iptables ends with an error: ${groups.length} groups, and at most ${mostGroups} can be`,
    )
  }
}

function requireLoopback(release: Release, args: Arguments): void {
  const range = readRange(release, args.loopbackRange)
  const length = Number(args.loopbackRange.split('/')[1])
  if (range?.family === 'ipv4' && range.isLoopback && length >= 8) return
  throw inputError(
    'ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR',
    `istio-iptables ends with an error: ${show(args.loopbackRange)} is not a range of 127.0.0.0/8`,
  )
}
