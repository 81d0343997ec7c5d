import { SystemCallError } from '../sys/libc/libc.ts'
import { inNamespace } from '../sys/namespaces/network-namespace.ts'
import { Netlink, netlinkFamily, type NetlinkMessage } from '../sys/sockets/netlink.ts'

/** linux/sock_diag.h, linux/inet_diag.h */
const [TCPDIAG_GETSOCK, SOCK_DESTROY] = [18, 21]
const IPPROTO_TCP = 6
/** TCP_SYN_RECV and TCP_NEW_SYN_RECV (net/tcp_states.h): half open is told as the first, and asked for as either. */
const halfOpen = (1 << 3) | (1 << 12)
/** `inet_diag_sockid` says which socket, in each of the structures below. */
const idLength = 48
/** `inet_diag_req`, of sockets of either family. */
const [dumpLength, statesInDump] = [60, 52]
/** `inet_diag_req_v2` */
const [destroyLength, idInDestroy] = [56, 8]
/** `inet_diag_msg` */
const idInAnswer = 4

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
    const asked = Buffer.alloc(dumpLength)
    asked.writeUInt32LE(halfOpen, statesInDump)
    netlink.carryOut(netlink.dump(message(TCPDIAG_GETSOCK, asked)).map(destroy))
  } finally {
    netlink.close()
  }
}

/** @param socket as the kernel tells of it. */
function destroy(socket: Buffer): NetlinkMessage {
  const asked = Buffer.alloc(destroyLength)
  asked.set([socket.readUInt8(0), IPPROTO_TCP], 0)
  asked.set(socket.subarray(idInAnswer, idInAnswer + idLength), idInDestroy)
  return message(SOCK_DESTROY, asked)
}

const message = (type: number, header: Buffer): NetlinkMessage => ({
  type,
  flags: 0,
  header,
  attributes: [],
  what: 'sock_diag',
})
