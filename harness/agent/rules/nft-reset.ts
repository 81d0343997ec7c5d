import { decodeAttributes, type Netlink, netfilterHeader, type NetlinkMessage } from '../../sys/netlink.ts'
import { carryOutTogether, NFT_MSG, subsystem } from '../trace/nf-tables.ts'
import { textOf } from '../trace/nft-rules.ts'

const NFTA_TABLE_NAME = 1
/** The families of iptables' tables (linux/netfilter.h); the trace has a table for both. */
const NFPROTO = { ipv4: 2, ipv6: 10 } as const

const message = (type: number, family: number, name: string): NetlinkMessage => ({
  type: subsystem.nfTables | type,
  flags: 0,
  header: netfilterHeader(family),
  attributes: name === '' ? [] : [[NFTA_TABLE_NAME, name]],
  what: name === '' ? 'nf_tables: list tables' : `nf_tables: delete table ${name}`,
})

/**
 * Deletes every table that iptables-nft and ip6tables-nft have made in a pod, so that it stands as a new one does. To have
 * iptables-nft-restore empty them takes a program, which is most of what a pod used again costs.
 * @throws SystemCallError if the kernel refuses; all tables stand then.
 */
export function deleteTables(netfilter: Netlink): void {
  const tables = netfilter.dump(message(NFT_MSG.getTable, 0, '')).map((body) => ({
    family: body.readUInt8(0),
    name: textOf(decodeAttributes(body.subarray(4)).get(NFTA_TABLE_NAME)),
  }))
  const own = tables.filter(({ family }) => family === NFPROTO.ipv4 || family === NFPROTO.ipv6)
  const deletions = own.map(({ family, name }) => message(NFT_MSG.deleteTable, family, name))
  if (deletions.length > 0) carryOutTogether(netfilter, deletions)
}
