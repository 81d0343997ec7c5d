import { inNamespace } from '../sys/namespaces/network-namespace.ts'
import { Netlink, netlinkFamily } from '../sys/sockets/netlink.ts'

/** Speaks to netfilter in a network namespace, by a socket that is there for this alone. */
export function withNetlink<T>(namespaceFd: number, use: (netlink: Netlink) => T): T {
  // A socket keeps the namespace in which it was opened.
  const netlink = inNamespace(namespaceFd, () => new Netlink(netlinkFamily.netfilter))
  try {
    return use(netlink)
  } finally {
    netlink.close()
  }
}
