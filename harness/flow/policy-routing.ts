import type { Family } from '../core/address.ts'

/**
 * What a mesh sets up beside its rules, in the names of ip-rule(8), ip-route(8) and ip-address(8). Rules that only mark
 * packets, as TPROXY's do, mean nothing without it.
 */
export interface PolicyRouting {
  /** In the order in which they are added: of two without a priority, the later one is asked first. */
  rules: readonly RoutingRule[]
  routes: readonly TableRoute[]
  /** Addresses that lo has beside its own. */
  loopbackAddresses: readonly string[]
}

/** `ip rule add [priority N] [fwmark FWMARK/MASK] [iif IIF] lookup TABLE` */
export interface RoutingRule {
  family: Family
  /**
   * Without it the kernel takes the one before the rule that stands second (fib_default_rule_pref in
   * net/core/fib_rules.c).
   */
  priority?: number
  /** What a packet's mark must be; a rule without it asks for none. */
  fwmark?: number
  /** Which bits of the mark count; by default all. */
  mask?: number
  /** The interface that a packet has come in by; what the pod itself sends has `lo`. */
  iif?: string
  table: number
  /**
   * Why it is not known which packets it is for, or where it leads: a captured text does not say all of it. Such a rule
   * is never set up, and what would meet it is not predicted.
   */
  unknown?: string
}

/** `ip route add [TYPE] DESTINATION [via GATEWAY] dev DEV table TABLE` */
export interface TableRoute {
  family: Family
  table: number
  /** A prefix; `default` in ip-route(8) is `0.0.0.0/0` or `::/0`. */
  destination: string
  /** `local` delivers to the pod itself, whatever the address. */
  type: 'local' | 'unicast'
  dev: string
  via?: string
}

export const noRouting: PolicyRouting = { rules: [], routes: [], loopbackAddresses: [] }
