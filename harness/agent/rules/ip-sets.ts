import { HarnessError } from '../../core/errors.ts'
import { type IpSet, memberText, type SetMember } from '../../flow/ip-set.ts'
import { SystemCallError } from '../../sys/libc/libc.ts'
import { decodeAttributes, type Netlink } from '../../sys/sockets/netlink.ts'
import type { Namespace } from '../pod/namespace.ts'
import { withNetlink } from '../with-netlink.ts'
import { addRequest, createRequest, destroyRequest, revisionAttribute, typeRequest } from './set-messages.ts'

/** Members that go to the kernel at once. */
const membersAtOnce = 200

/** What ipset says, beside the numbers of errno(3) (enum ipset_errno in linux/netfilter/ipset/ip_set.h). */
const refusals: Readonly<Record<number, string>> = {
  4099: 'the kernel has no room for another set',
  4103: 'there is such a set already',
  4104: 'its prefix length is none that this type takes',
  4105: 'its netmask is none that this type takes',
  4352: 'it does not fit into the set (maxelem, or the range of a bitmap)',
  4353: 'it is no address that a set takes (0.0.0.0 is none)',
  4354: 'its protocol is none that a set takes',
  4356: 'IPv6 has no ranges here',
  4357: 'its range is too large',
}

/**
 * Sets up the sets that rules name, in their order.
 * @throws HarnessError (`rules`) naming the member that the kernel refuses; (`machine`) if it has no sets of a type.
 */
export function addSets({ fd }: Namespace, sets: readonly IpSet[]): void {
  withNetlink(fd, (netlink) => {
    for (const set of sets) {
      const revision = revisionOf(netlink, set)
      orRefused(set, () => netlink.carryOut([createRequest(set, revision)]))
      for (let at = 0; at < set.members.length; at += membersAtOnce)
        addMembers(netlink, set, set.members.slice(at, at + membersAtOnce))
    }
  })
}

/** @returns whether all of them are gone: one that a rule still names cannot be taken away. */
export function removeSets({ fd }: Namespace, sets: readonly IpSet[]): boolean {
  return withNetlink(fd, (netlink) => {
    for (const set of sets.toReversed()) {
      try {
        netlink.carryOut([destroyRequest(set)])
      } catch (error) {
        if (!(error instanceof SystemCallError)) throw error
        if (error.code !== 'ENOENT') return false
      }
    }
    return true
  })
}

/** Of several that are refused at once the kernel does not say which: one by one it does. */
function addMembers(netlink: Netlink, set: IpSet, members: readonly SetMember[]): void {
  try {
    netlink.carryOut([addRequest(set, members)])
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error
    for (const member of members) orRefused(set, () => netlink.carryOut([addRequest(set, [member])]), member)
    throw refused(set, error)
  }
}

function revisionOf(netlink: Netlink, set: IpSet): number {
  const answer = netlink.get(typeRequest(set))
  const revision = answer && decodeAttributes(answer.subarray(4)).get(revisionAttribute)
  if (revision === undefined)
    throw new HarnessError('machine', `the kernel has no sets of type ${set.type}, as ${set.name} is one`, {
      hint: `it needs the module ${moduleOf(set)}; \`explain\` and \`repro --static\` answer without it`,
    })
  return revision.readUInt8(0)
}

/** `ip_set_hash_ipport` for hash:ip,port */
const moduleOf = ({ type }: IpSet): string => `ip_set_${type.replace(':', '_').replaceAll(',', '')}`

function orRefused(set: IpSet, ask: () => void, member?: SetMember): void {
  try {
    ask()
  } catch (error) {
    if (error instanceof SystemCallError) throw refused(set, error, member)
    throw error
  }
}

function refused({ name, type }: IpSet, error: SystemCallError, member?: SetMember): HarnessError {
  const what = member === undefined ? `the set ${name} (${type})` : `the member ${memberText(member)} of set ${name}`
  return new HarnessError('rules', `the kernel refuses ${what}: ${refusals[error.errno] ?? error.code}`, {
    cause: error,
  })
}
