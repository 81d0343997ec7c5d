import type { Family } from '../../core/address.ts'
import { rememberedOf } from '../../core/remembered.ts'
import { formatFlags } from '../../core/tcp-flags.ts'
import { formatTos } from '../../core/tos.ts'
import type { Origin, Protocol } from '../../flow/flow.ts'
import type { Interval, IntervalSet, Scalar } from '../../netfilter/interval-set.ts'
import { domainOf } from '../../netfilter/field.ts'
import type { MarkQuestion } from '../marks/mark-questions.ts'

/** What is fixed while a space of flows is cut up. */
export interface Frame {
  family: Family
  origin: Origin
  protocol: Protocol
  /** TCP: the flags of lone segments, in place of connections. */
  raw?: number
  /** DSCP and ECN that the socket sets, where rules ask for them; 0 for none. */
  tos?: number
  /** All to which rules give the same answers as to `tos`. */
  likeTos?: readonly number[]
  /** The device that the socket is bound to, which is not the one that routes lead by; undefined where it is not bound. */
  boundTo?: string
  /** What is asked of marks: where bits of them are asked for, few marks stand for all that get the same answers. */
  marks?: readonly MarkQuestion[]
}

/**
 * What flows of one frame differ in. `group` is a supplementary group; where it is the primary one, the flow has none.
 * `mark` is SO_MARK, 0 for none; `saddr` the source address, whether the sender or the route chooses it.
 */
export const dimensions = ['uid', 'gid', 'group', 'mark', 'saddr', 'daddr', 'sport', 'dport'] as const
export type Dimension = (typeof dimensions)[number]

/** Numbers, or bigints for addresses (`addressNumber` in netfilter/wide-values.ts). */
export type ValueSet = IntervalSet<Scalar>

/**
 * A product of sets: the flows of a frame that have a value of each dimension's set. A dimension without a set is none
 * of the frame's.
 */
export interface Box {
  frame: Frame
  in: Readonly<Partial<Record<Dimension, ValueSet>>>
}

/** One flow of a frame, by its values. */
export type Point = Readonly<Partial<Record<Dimension, Scalar>>>

/** A UID or GID of -1 is none to the kernel (`uid_valid` in include/linux/uidgid.h). */
const ids: Interval<number> = { first: 0, last: 0xffff_fffe }
/** Nobody sends to port 0, or from it. */
const ports: Interval<number> = { first: 1, last: 0xffff }

/** All values that flows of a family can have in a dimension. */
export function domainOfDimension(dimension: Dimension, family: Family): Interval<Scalar> {
  switch (dimension) {
    case 'uid':
    case 'gid':
    case 'group':
      return ids
    case 'sport':
    case 'dport':
      return ports
    case 'mark':
    case 'saddr':
    case 'daddr':
      return domainOf(dimension, family)
  }
}

/** The dimensions of a box, in their order. */
export const dimensionsOf = (box: Pick<Box, 'in'>): Dimension[] =>
  dimensions.filter((dimension) => box.in[dimension] !== undefined)

/** `ipv4 tcp pod`: one text for each frame. */
export const frameText = rememberedOf(({ family, origin, protocol, raw, tos, boundTo }: Frame): string => {
  const what = raw === undefined ? protocol : `${protocol}(raw=${formatFlags(raw)})`
  const from = origin.kind === 'peer' ? `peer ${origin.interface}` : origin.kind
  const socket = [...(tos ? [formatTos(tos)] : []), ...(boundTo === undefined ? [] : [`bound to ${boundTo}`])]
  return [family, what, from, ...socket].join(' ')
})
