import type { Interval, Truth } from './interval-set.ts'

/** From one address to another, both included. */
export interface AddressRange {
  first: string
  last: string
}

type Ports = Interval<number>

/** What a rule does with a packet that it matches. */
export type Statement =
  | { kind: 'accept' }
  | { kind: 'drop' }
  | { kind: 'return' }
  | { kind: 'jump'; chain: string }
  | { kind: 'goto'; chain: string }
  | { kind: 'redirect'; ports?: Ports; random: boolean }
  | { kind: 'dnat'; addresses?: AddressRange; ports?: Ports; shift?: number; random: boolean }
  | { kind: 'snat'; addresses?: AddressRange; ports?: Ports; random: boolean }
  /**
   * These bits of an address become those of a network: of the source where a packet ends its way through the pod,
   * otherwise of the destination.
   */
  | { kind: 'netmap'; network: string; bits: string }
  | { kind: 'masquerade'; ports?: Ports; random: boolean }
  /** The packet's mark becomes `(mark & ~mask) ^ value`. */
  | { kind: 'mark'; value: number; mask: number }
  | { kind: 'connmark'; action: 'set'; value: number; mask: number }
  | { kind: 'connmark'; action: 'save' | 'restore'; nfmask: number; ctmask: number }
  | { kind: 'notrack' }
  | { kind: 'zone'; direction: 'both' | 'original' | 'reply'; zone: number }
  | { kind: 'tproxy'; port: number; address: string; value: number; mask: number }
  | { kind: 'reject'; with: string }
  | { kind: 'log' }
  /** Tells somebody, or sets what no rule here asks and no route is chosen by; the next rule follows. */
  | { kind: 'continue' }
  /** Sets bits of its DSCP or ECN, which nobody here follows; the next rule follows. */
  | { kind: 'tos' }
  /** Sets how far the packet may still go, which counts where it is forwarded. */
  | { kind: 'hop-limit' }
  /** What is not known here, as it is written. */
  | { kind: 'unknown'; name: string; values: readonly string[] }

export type StatementOf<K extends Statement['kind']> = Extract<Statement, { kind: K }>

/** Whether it translates to ports as well, or may draw one. */
export const isTranslation = (
  statement: Statement,
): statement is StatementOf<'redirect' | 'dnat' | 'snat' | 'masquerade'> =>
  ['redirect', 'dnat', 'snat', 'masquerade'].includes(statement.kind)

/** Whether a rule that does this decides nothing, matched or not. */
export const letsGoOn = ({ kind }: Statement): boolean => kind === 'log' || kind === 'continue' || kind === 'tos'

/** Whether the kernel tracks connections for it (nf_ct_netns_get). */
export const tracks: Readonly<Record<Statement['kind'], Truth>> = {
  accept: false,
  drop: false,
  return: false,
  jump: false,
  goto: false,
  redirect: true,
  dnat: true,
  snat: true,
  netmap: true,
  masquerade: true,
  mark: false,
  connmark: true,
  notrack: false,
  zone: true,
  tproxy: false,
  reject: false,
  log: false,
  continue: false,
  tos: false,
  'hop-limit': false,
  unknown: 'unknown',
}
