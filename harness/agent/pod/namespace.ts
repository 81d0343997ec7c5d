import { createNamespace, inNamespace } from '../../sys/network-namespace.ts'
import { Netlink, type NetlinkMessage, netlinkFamily } from '../../sys/netlink.ts'
import { setLinkUp } from '../../sys/rtnetlink.ts'
import { setSysctls } from './sysctls.ts'

export const loopbackIndex = 1

/** A named network namespace and a descriptor of it. */
export interface Namespace {
  name: string
  fd: number
}

/** Makes a network namespace with its sysctls set and loopback up. */
export function makeNamespace(name: string, role: Parameters<typeof setSysctls>[0]): Namespace {
  const fd = createNamespace(name)
  inNamespace(fd, () => setSysctls(role))
  carryOut({ name, fd }, [setLinkUp(loopbackIndex)])
  return { name, fd }
}

/** Has the kernel carry out these requests in a namespace, in order. @throws SystemCallError naming the first that it refused. */
export function carryOut({ fd }: Namespace, messages: readonly NetlinkMessage[]): void {
  const netlink = inNamespace(fd, () => new Netlink(netlinkFamily.route))
  try {
    netlink.carryOut(messages)
  } finally {
    netlink.close()
  }
}
