import { families } from '../core/address.ts'
import { SystemCallError } from '../sys/libc/libc.ts'
import { inNamespace } from '../sys/namespaces/network-namespace.ts'
import { Netlink, netlinkFamily, type NetlinkMessage } from '../sys/sockets/netlink.ts'
import { addressFamily } from '../sys/sockets/sockaddr.ts'

/** linux/sock_diag.h, linux/inet_diag.h */
const [SOCK_DIAG_BY_FAMILY, SOCK_DESTROY] = [20, 21]
const IPPROTO_TCP = 6
/** TCP_SYN_RECV and TCP_NEW_SYN_RECV (net/tcp_states.h): half open is told as the first, and asked for as either. */
const halfOpen = (1 << 3) | (1 << 12)
/** `inet_diag_req_v2`, and in it `inet_diag_sockid`, which stands in `inet_diag_msg` at another place. */
const requestLength = 56
const [idInRequest, idInAnswer, idLength] = [8, 4, 48]

/**
 * Has the kernel drop every half-open connection of some namespaces. With its listener alone it does not go: until its
 * timer fires, a second later, `-m socket` takes what comes from the same port for a packet of it (reqsk_timer_handler in
 * net/ipv4/inet_connection_sock.c, nf_sk_lookup_slow_v4 in net/ipv4/netfilter/nf_socket_ipv4.c).
 * @returns whether the kernel does such a thing (CONFIG_INET_DIAG_DESTROY).
 */
export function dropHalfOpen(namespaces: readonly { fd: number }[]): boolean {
  try {
    for (const { fd } of namespaces) dropIn(fd)
    return true
  } catch (error) {
    if (error instanceof SystemCallError) return false
    throw error
  }
}

function dropIn(namespaceFd: number): void {
  const netlink = inNamespace(namespaceFd, () => new Netlink(netlinkFamily.sockDiag))
  try {
    for (const family of families) {
      const found = netlink.dump(request(SOCK_DIAG_BY_FAMILY, addressFamily[family]))
      const drop = found.map((socket) =>
        request(SOCK_DESTROY, addressFamily[family], socket.subarray(idInAnswer, idInAnswer + idLength)),
      )
      netlink.carryOut(drop)
    }
  } finally {
    netlink.close()
  }
}

function request(type: number, family: number, id: Uint8Array = new Uint8Array(idLength)): NetlinkMessage {
  const header = Buffer.alloc(requestLength)
  header.writeUInt8(family, 0)
  header.writeUInt8(IPPROTO_TCP, 1)
  header.writeUInt32LE(halfOpen, 4)
  header.set(id, idInRequest)
  return { type, flags: 0, header, attributes: [], what: 'sock_diag' }
}
