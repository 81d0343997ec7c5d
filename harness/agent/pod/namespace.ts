import { createNamespace, inNamespace, nameOwnNamespace } from '../../sys/namespaces/network-namespace.ts'
import { Netlink, type NetlinkMessage, netlinkFamily } from '../../sys/sockets/netlink.ts'
import { setLinkUp } from '../../sys/sockets/rtnetlink.ts'
import { type Role, setSysctls } from './sysctls.ts'

export const loopbackIndex = 1

/** A named network namespace and a descriptor of it. */
export interface Namespace {
  name: string
  fd: number
}

/** Makes a network namespace with its sysctls set and loopback up. */
export function makeNamespace(name: string, role: Role): Namespace {
  return furnish({ name, fd: createNamespace(name) }, role)
}

/** Makes a pod's or a peer's namespace of this process's own, which has nothing but loopback. */
export function adoptNamespace(name: string, role: Role): Namespace {
  return furnish({ name, fd: nameOwnNamespace(name) }, role)
}

function furnish(namespace: Namespace, role: Role): Namespace {
  inNamespace(namespace.fd, () => setSysctls(role))
  carryOut(namespace, [setLinkUp(loopbackIndex)])
  return namespace
}

/**
 * Has the kernel carry out these requests in a namespace, in order. @throws SystemCallError naming the first that it
 * refused.
 */
export function carryOut({ fd }: Namespace, messages: readonly NetlinkMessage[]): void {
  const netlink = inNamespace(fd, () => new Netlink(netlinkFamily.route))
  try {
    netlink.carryOut(messages)
  } finally {
    netlink.close()
  }
}
