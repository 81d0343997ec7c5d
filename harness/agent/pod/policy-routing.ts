import { HarnessError } from '../../core/errors.ts'
import { SystemCallError } from '../../sys/libc/libc.ts'
import type { NetlinkMessage } from '../../sys/sockets/netlink.ts'
import { newRoutingRule, newTableRoute, withdrawn } from '../../sys/sockets/rtnetlink.ts'
import type { Routing } from '../protocol.ts'
import { carryOut, type Namespace } from './namespace.ts'

/** Where policy routing is set up. */
export interface RoutedPod {
  namespace: Namespace
  interfaces: readonly { name: string; index: number; namespaceFd: number }[]
}

/**
 * Sets up policy routing in a pod, routes before the rules that lead to them.
 * @throws HarnessError (`rules`) naming the first that the kernel refuses.
 */
export function addRouting(pod: RoutedPod, routing: Routing): void {
  try {
    carryOut(pod.namespace, requests(pod, routing))
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error
    throw new HarnessError('rules', `the kernel refuses the policy routing of these rules: ${error.message}`, {
      cause: error,
    })
  }
}

/**
 * Takes away what `addRouting` has set up. @returns whether all of it was still there, so that the pod can be used
 * again.
 */
export function removeRouting(pod: RoutedPod, routing: Routing): boolean {
  try {
    carryOut(pod.namespace, requests(pod, routing).map(withdrawn))
    return true
  } catch (error) {
    if (error instanceof SystemCallError) return false
    throw error
  }
}

function requests({ namespace, interfaces }: RoutedPod, { rules, routes }: Routing): NetlinkMessage[] {
  const indexOf = (dev: string): number => {
    const found = interfaces.find(({ name, namespaceFd }) => name === dev && namespaceFd === namespace.fd)
    if (found === undefined)
      throw new HarnessError('rules', `the policy routing of these rules names ${dev}, which the pod does not have`)
    return found.index
  }
  return [...routes.map((route) => newTableRoute(route, indexOf(route.dev))), ...rules.map(newRoutingRule)]
}
