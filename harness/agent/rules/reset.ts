import type { Family } from '../../core/address.ts'
import type { Backend } from '../../flow/backend.ts'
import { SystemCallError } from '../../sys/libc/libc.ts'
import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import { Netlink, netfilterHeader, netlinkFamily } from '../../sys/sockets/netlink.ts'
import { addressFamily } from '../../sys/sockets/sockaddr.ts'
import { changeTables, NFT_MSG, subsystem } from '../nf-tables.ts'
import { iptables, programName } from './apply.ts'
import { emptyLegacyTables } from './legacy-tables.ts'

/**
 * Takes out all that iptables has in these families, whoever loaded it. The kernel is told so itself: a program that
 * does takes twenty times as long, and every pod that is used again is emptied once.
 * @returns whether the kernel has.
 */
export async function resetRules(
  pod: { fd: number },
  backend: Backend,
  families: ReadonlySet<Family>,
): Promise<boolean> {
  try {
    if (backend === 'nft') await deleteTables(pod, families)
    else for (const family of families) emptyLegacyTables(pod, family)
    return true
  } catch (error) {
    if (error instanceof SystemCallError) return false
    throw error
  }
}

/**
 * Resolves once nothing of them acts any more, connection tracking that they have asked for included: the kernel takes
 * apart what it has deleted when nobody can be looking at it, and lets a socket of this kind be closed after that
 * (nft_rcv_nl_event in net/netfilter/nf_tables_api.c).
 * @throws SystemCallError
 */
async function deleteTables({ fd }: { fd: number }, families: ReadonlySet<Family>): Promise<void> {
  const netlink = inNamespace(fd, () => new Netlink(netlinkFamily.netfilter))
  try {
    changeTables(
      netlink,
      // Without a name it is every table of the family (nf_tables_deltable).
      [...families].map((family) => ({
        type: subsystem.nfTables | NFT_MSG.deleteTable,
        flags: 0,
        header: netfilterHeader(addressFamily[family]),
        attributes: [],
        what: `nf_tables: delete tables of ${family}`,
      })),
    )
  } finally {
    await netlink.closeAside()
  }
}

/**
 * Has the kernel finish what rules of iptables-nft that are gone still hold, such as the sets that they have named: it
 * takes them apart some time later, from a work queue, but before a target of xtables is set up
 * (nft_compat_wait_for_destructors in net/netfilter/nft_compat.c).
 */
export async function awaitDestructors(pod: { name: string; fd: number }): Promise<void> {
  const program = programName('ipv4', 'nft', '-restore')
  const begin = '*mangle\n:OUTPUT ACCEPT [0:0]\n'
  await iptables(pod, program, [], `${begin}-A OUTPUT -j MARK --set-xmark 0x0/0x0\nCOMMIT\n`)
  await iptables(pod, program, [], `${begin}COMMIT\n`)
}
