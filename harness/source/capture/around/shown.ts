import type { Family } from '../../../core/address.ts'
import type { CapturedListener } from '../../../flow/captured-pod.ts'
import type { ShownRoute } from './route-line.ts'
import type { ShownRule } from './rule-line.ts'
import type { TableName } from './table-names.ts'

/** The rules of one family, as `ip rule` has shown them. */
export interface RuleListing {
  rules: { rule: ShownRule; line: number }[]
  first: number
}

/** A route, where it stands. */
export interface ShownRouteAt extends ShownRoute {
  family: Family
  /** Undefined where nothing tells. */
  table?: TableName
  line: number
}

/** What a text shows of a pod's routing. */
export interface ShownAround {
  listings: Readonly<Partial<Record<Family, RuleListing>>>
  routes: readonly ShownRouteAt[]
  /** Tables whose routes are shown, even if there are none. */
  asked: readonly { family: Family; table: TableName | 'all' }[]
}

/** The kernel's tables of sockets, as /proc/net has them. */
export const socketTables = ['tcp', 'tcp6', 'udp', 'udp6'] as const
export type SocketTable = (typeof socketTables)[number]

/** A socket that listens, and the table that it is in. */
export interface ShownSocket {
  table: SocketTable
  listener: CapturedListener
}
