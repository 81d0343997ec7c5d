import { type Family, familyOf, isInPrefix } from '../core/address.ts'
import type { PolicyRouting, RoutingRule, TableRoute } from '../flow/policy-routing.ts'

/** What a route is looked up for beside its destination (`struct flowi` in include/net/flow.h). */
export interface Lookup {
  /** The packet's mark, or the socket's. */
  mark?: number | undefined
  /** The interface that the packet has come in by; what the pod itself sends has `lo`. */
  iif?: string
  /** The device that the sender's socket is bound to. */
  bound?: string | undefined
}

/** The kernel's own rules: table local is asked before, and main, which has a default route, after whatever is added. */
const priorityOfMain = 32766

/** The policy routing of a pod, as its rules are asked. */
export class PolicyRoutes {
  readonly #rules: readonly RoutingRule[]
  readonly #routes: readonly TableRoute[]

  constructor({ rules, routes }: Pick<PolicyRouting, 'rules' | 'routes'>) {
    this.#rules = [...inOrder(rules, 'ipv4'), ...inOrder(rules, 'ipv6')]
    this.#routes = routes
  }

  /** The route of a table that a rule leads to; undefined where the kernel goes on to table main. */
  find(destination: string, { mark = 0, iif = 'lo', bound }: Lookup): TableRoute | undefined {
    const family = familyOf(destination)
    for (const rule of this.#rules) {
      if (rule.family !== family || !meets(rule, mark, iif)) continue
      const found = this.#longest(rule.table, destination, bound)
      if (found !== undefined) return found
    }
    return undefined
  }

  #longest(table: number, destination: string, bound: string | undefined): TableRoute | undefined {
    const family = familyOf(destination)
    return this.#routes
      .filter((route) => route.family === family && route.table === table && (bound === undefined || route.dev === bound))
      .filter((route) => isInPrefix(destination, route.destination))
      .toSorted((a, b) => lengthOf(b) - lengthOf(a))[0]
  }
}

/** As fib_rule_match and fib_nl2rule have it (net/core/fib_rules.c): a mark that is 0 and has no mask asks for nothing. */
function meets({ fwmark = 0, mask = fwmark === 0 ? 0 : 0xffff_ffff, iif: wanted }: RoutingRule, mark: number, iif: string): boolean {
  return ((fwmark ^ mark) & mask) === 0 && (wanted === undefined || wanted === iif)
}

/** A rule goes behind those of its priority; without one it gets the one before the second rule's (fib_default_rule_pref). */
function inOrder(rules: readonly RoutingRule[], family: Family): RoutingRule[] {
  const priorities = [0, priorityOfMain]
  const ordered: (RoutingRule | undefined)[] = [undefined, undefined]
  for (const rule of rules.filter((other) => other.family === family)) {
    const priority = rule.priority ?? Math.max(0, (priorities[1] ?? 0) - 1)
    const behind = priorities.findIndex((other) => other > priority)
    const at = behind === -1 ? priorities.length : behind
    priorities.splice(at, 0, priority)
    ordered.splice(at, 0, rule)
  }
  return ordered.flatMap((rule, at) => (rule === undefined || (priorities[at] ?? 0) >= priorityOfMain ? [] : [rule]))
}

const lengthOf = ({ destination }: TableRoute): number => Number(destination.split('/')[1] ?? 128)
