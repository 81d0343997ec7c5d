import type { Family } from '../core/address.ts'

/** The policy routing that goes with rules which only mark packets (ip-rule(8), ip-route(8)). */
export interface PolicyRouting {
  rules: readonly RoutingRule[]
  routes: readonly Route[]
}

/** `ip rule add fwmark MARK[/MASK] lookup TABLE` */
export interface RoutingRule {
  family: Family
  mark: number
  mask?: number
  table: number
}

/** `ip route add [TYPE] PREFIX dev DEVICE table TABLE` */
export interface Route {
  family: Family
  /** Without it, unicast. `local` delivers to the pod itself. */
  type?: 'local'
  /** A prefix, such as `0.0.0.0/0`. */
  to: string
  device: string
  table: number
}
