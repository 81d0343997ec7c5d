import type { Family } from '../../../core/address.ts'
import type { Arguments } from '../arguments.ts'
import type { Ranges } from '../ranges.ts'
import type { Release } from '../releases.ts'

/** One line of a payload in its table. */
export interface Rule {
  table: 'mangle' | 'nat' | 'raw'
  text: string
}

/** What rules are made of: what istio-iptables is told, for one family. */
export interface Scope {
  release: Release
  family: Family
  args: Arguments
  /** Whether inbound connections are taken by TPROXY: 1.5 does so for IPv4 alone. */
  isTransparent: boolean
  /** What the proxy does not call its own when it dials within the pod. */
  loopback: string
  /** Where the proxy dials from what it passes on to an application: 127.0.0.6, and ::6 that is put on lo for it. */
  passthrough: string
  /** Whether DNS is captured, and the pod's servers of this family, as ranges. */
  capturesDNS: boolean
  servers: readonly string[]
  included: Ranges
  excluded: Ranges
}

/** One step: the rules that it adds, in this order. */
export type Step = (scope: Scope) => Rule[]

const inTable =
  (table: Rule['table']) =>
  (...texts: string[]): Rule[] =>
    texts.map((text) => ({ table, text }))

export const nat = inTable('nat')
export const mangle = inTable('mangle')
export const raw = inTable('raw')
