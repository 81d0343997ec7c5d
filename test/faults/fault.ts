import type { Family } from '../../harness/core/address.ts'
import type { Edit } from './edit.ts'

/** A scenario, by its mesh, file and title. */
export interface Promised {
  mesh: string
  file: string
  title: string
}

/** A fault in a builder's rules, and the check that must catch it. */
export interface Fault {
  rule: string
  fault: string
  edit: Edit
  /** Whose promise it breaks. */
  promised: Promised
  flow: string
  /** A flow of the same scenario that must have been sent before. */
  after?: string
  /** Whose rules it is in, where the flow is sent in both families. */
  family?: Family
  /** What the flow becomes: its verdict and its journey, `redirected: inbound → app`. */
  becomes: string
}

/** A fault that changes the text and no behaviour. */
export interface HarmlessFault {
  rule: string
  fault: string
  edit: Edit
  why: string
  /** The scenarios that would show it first; all of them stay green. */
  unchanged: readonly Promised[]
}

export const promised = (file: string, title: string, mesh = 'osm'): Promised => ({ mesh, file, title })

/** The faults of one rule, a row each. */
export function faultsOf(rule: string, rows: readonly (readonly [string, Edit, Promised, string, string])[]): Fault[] {
  return rows.map(([fault, edit, promised, flow, becomes]) => ({ rule, fault, edit, promised, flow, becomes }))
}

/** The harmless faults of one rule, a row each. */
export function harmlessFaultsOf(
  rule: string,
  unchanged: readonly Promised[],
  rows: readonly (readonly [string, Edit, string])[],
): HarmlessFault[] {
  return rows.map(([fault, edit, why]) => ({ rule, fault, edit, why, unchanged }))
}
