import { type Family, familyOf, isInPrefix } from '../../core/address.ts'
import type { PolicyRouting, RoutingRule, TableRoute } from '../../flow/policy-routing.ts'
import { Unpredictable } from '../packet/unpredictable.ts'

/** The keys of a route lookup beside the destination (`struct flowi` in include/net/flow.h). */
export interface Lookup {
  /** The packet's mark, or the socket's. */
  mark?: number | undefined
  /** The interface that the packet came in by; `lo` for packets that the pod sends. */
  iif?: string
  /** The device that the sender's socket is bound to. */
  bound?: string | undefined
}

/**
 * The priority of the kernel's rule for table main; that table has a default route, so later rules are never reached.
 */
const priorityOfMain = 32766

/** The policy routing of a pod, in the order of its rules. */
export class PolicyRoutes {
  readonly #rules: readonly RoutingRule[]
  readonly #routes: readonly TableRoute[]

  constructor({ rules, routes }: Pick<PolicyRouting, 'rules' | 'routes'>) {
    this.#rules = [...inOrder(rules, 'ipv4'), ...inOrder(rules, 'ipv6')]
    this.#routes = routes
  }

  /** The route that the rules find; undefined if the kernel goes on to table main. @throws Unpredictable */
  find(destination: string, { mark = 0, iif = 'lo', bound }: Lookup): TableRoute | undefined {
    const family = familyOf(destination)
    for (const rule of this.#rules) {
      if (rule.family !== family || !meets(rule, mark, iif)) continue
      if (rule.unknown !== undefined) throw new Unpredictable(`the policy routing is not known: ${rule.unknown}`)
      const found = this.#longest(rule.table, destination, bound)
      if (found !== undefined) return found
    }
    return undefined
  }

  #longest(table: number, destination: string, bound: string | undefined): TableRoute | undefined {
    let found: TableRoute | undefined
    for (const route of this.#routes) {
      if (route.table !== table || (bound !== undefined && route.dev !== bound)) continue
      const isLonger = found === undefined || lengthOf(route) > lengthOf(found)
      if (isLonger && isInPrefix(destination, route.destination)) found = route
    }
    return found
  }
}

/** By fib_rule_match and fib_nl2rule (net/core/fib_rules.c): fwmark 0 without a mask matches every mark. */
function meets(
  { fwmark = 0, mask = fwmark === 0 ? 0 : 0xffff_ffff, iif: wanted }: RoutingRule,
  mark: number,
  iif: string,
): boolean {
  return ((fwmark ^ mark) & mask) === 0 && (wanted === undefined || wanted === iif)
}

/**
 * A rule follows those of the same priority; without a priority it gets the one before that of the second rule
 * (fib_default_rule_pref).
 */
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
