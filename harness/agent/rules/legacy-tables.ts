import { readFileSync } from 'node:fs'
import type { Family } from '../../core/address.ts'
import { addressOf } from '../../sys/libc/libc.ts'
import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import { askOption, closeSocket, openSocket, setOption } from '../../sys/sockets/sockets.ts'

/**
 * The tables of iptables-legacy as the kernel takes them, each in one piece (linux/netfilter/x_tables.h,
 * linux/netfilter_ipv4/ip_tables.h, linux/netfilter_ipv6/ip6_tables.h), in the byte order of x64 and arm64.
 */

interface Layout {
  /** SOL_IP or SOL_IPV6. */
  level: number
  /** The kernel's list of the tables that a namespace has. */
  names: string
  /** Bytes of `ipt_entry` or `ip6t_entry`, which asks for nothing where it is all zeroes. */
  entry: number
  /** Where in it `target_offset` stands, and `next_offset` behind that. */
  offsets: number
}

const layouts: Readonly<Record<Family, Layout>> = {
  ipv4: { level: 0, names: 'ip_tables_names', entry: 112, offsets: 88 },
  ipv6: { level: 41, names: 'ip6_tables_names', entry: 168, offsets: 140 },
}
/** IPT_SO_SET_REPLACE of setsockopt(2), and IPT_SO_GET_INFO of getsockopt(2). */
const [SET_REPLACE, GET_INFO] = [64, 64]
/** NF_INET_NUMHOOKS */
const hookNumbers = [0, 1, 2, 3, 4] as const
const nameLength = 32
/** `xt_counters` */
const countersLength = 16
/** `ipt_getinfo`, and `ipt_replace` up to its entries. */
const [infoLength, replaceLength] = [84, 96]
/** `xt_entry_target`, and with what follows it `xt_standard_target` and `xt_error_target`. */
const [targetLength, standardLength, errorLength] = [32, 40, 64]
/** As a standard target has it: -NF_ACCEPT - 1. */
const acceptVerdict = -2

/**
 * Empties every table that a namespace has: what is left are the kernel's own chains, without a rule, whose policy is
 * to accept. What stood there is gone when this returns.
 * @throws SystemCallError if the kernel refuses it.
 */
export function emptyLegacyTables({ fd }: { fd: number }, family: Family): void {
  const { names } = layouts[family]
  const [socket, tables] = inNamespace(fd, () => [openSocket('raw', family, 'tcp'), namesIn(names)])
  try {
    for (const table of tables) emptyTable(socket, family, table)
  } finally {
    closeSocket(socket)
  }
}

/** Of the calling thread's network namespace. A kernel that has no such tables has no such file. */
function namesIn(file: string): string[] {
  try {
    return readFileSync(`/proc/thread-self/net/${file}`, 'latin1').split('\n').filter(Boolean)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function emptyTable(socket: number, family: Family, table: string): void {
  const { level, entry } = layouts[family]
  const name = Buffer.alloc(nameLength)
  name.write(table, 'latin1')
  const info = askOption(socket, level, GET_INFO, Buffer.concat([name], infoLength))
  const validHooks = info.readUInt32LE(32)
  const hooks = hookNumbers.filter((hook) => (validHooks & (1 << hook)) !== 0)
  const entries = Buffer.concat([...hooks.map(() => acceptAll(family)), endOfTable(family)])
  /** The kernel writes the counters of what stood there into it. */
  const counters = Buffer.alloc(info.readUInt32LE(76) * countersLength)
  const replace = Buffer.concat([name], replaceLength)
  replace.writeUInt32LE(validHooks, 32)
  replace.writeUInt32LE(hooks.length + 1, 36)
  replace.writeUInt32LE(entries.length, 40)
  for (const [position, hook] of hooks.entries()) {
    // Where the chain begins is where its policy stands.
    const at = position * (entry + standardLength)
    replace.writeUInt32LE(at, 44 + hook * 4)
    replace.writeUInt32LE(at, 64 + hook * 4)
  }
  replace.writeUInt32LE(counters.length / countersLength, 84)
  replace.writeBigUInt64LE(addressOf(counters), 88)
  setOption(socket, level, SET_REPLACE, Buffer.concat([replace, entries]))
}

/** A chain's policy is the rule at its end. */
function acceptAll(family: Family): Buffer {
  const rule = ruleWithTarget(family, '', standardLength)
  rule.writeInt32LE(acceptVerdict, rule.length - standardLength + targetLength)
  return rule
}

/** Every table ends with a rule that nothing reaches. */
function endOfTable(family: Family): Buffer {
  const rule = ruleWithTarget(family, 'ERROR', errorLength)
  rule.write('ERROR', rule.length - errorLength + targetLength, 'latin1')
  return rule
}

function ruleWithTarget(family: Family, target: string, length: number): Buffer {
  const { entry, offsets } = layouts[family]
  const rule = Buffer.alloc(entry + length)
  rule.writeUInt16LE(entry, offsets)
  rule.writeUInt16LE(rule.length, offsets + 2)
  rule.writeUInt16LE(length, entry)
  rule.write(target, entry + 2, 'latin1')
  return rule
}
