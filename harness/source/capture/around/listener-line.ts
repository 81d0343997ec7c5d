import { canonicalAddress, familyOf } from '../../../core/address.ts'
import { procSocket } from './proc-socket.ts'
import type { ShownSocket } from './shown.ts'

const ss = /^(?:(tcp|udp)6?\s+)?(LISTEN|UNCONN)\s+\d+\s+\d+\s+(\S+):(\d{1,5})\s+\S+:\S+(?:\s+(.*))?$/
const netstat = /^(tcp|udp)6?\s+\d+\s+\d+\s+(\S+):(\d{1,5})\s+\S+:\*(?:\s+(LISTEN))?(?:\s+(.*))?$/
/** Connections, and sockets of other kinds. */
const others =
  /^(?:(?:tcp|udp)6?\s+(?:ESTAB|TIME-WAIT|CLOSE-WAIT|SYN-\w+|FIN-WAIT-\d|LAST-ACK|CLOSING)\s|(?:ESTAB|TIME-WAIT|CLOSE-WAIT)\s+\d+\s+\d+\s|(?:tcp|udp)6?\s+\d+\s+\d+\s+\S+:\S+\s+\S+:\S+\s+[A-Z_]+\d?\b|(?:u_str|u_dgr|u_seq|nl|raw|raw6|icmp6|p_raw|p_dgr|v_str)\s|unix\s+\d+\s+\[)/
const headings = /^(?:Netid\s+State|State\s+Recv-Q|Proto\s+Re(?:cv-Q|fCnt)|Active (?:Internet|UNIX))/

/**
 * A line of `ss -lntu`, `netstat -lntu` or /proc/net/tcp and its like. @returns a socket that listens, `nobody` where the line
 * shows none, or undefined if it is no such line.
 */
export function shownSocket(text: string): ShownSocket | 'nobody' | undefined {
  if (text.length > 1000) return undefined
  if (headings.test(text)) return 'nobody'
  const read = procSocket(text)
  if (read !== undefined) return read
  const [, kind, state, local, port, owner = ''] = ss.exec(text) ?? []
  if (state !== undefined)
    return socketOn(
      kind ?? (state === 'LISTEN' ? 'tcp' : 'udp'),
      local,
      port,
      /\(\("([^"]*)"/.exec(owner)?.[1],
      // With -e it has the inode always, and the UID where that is not 0.
      /\buid:(\d{1,10})\b/.exec(owner)?.[1] ?? (/\bino:\d+\b/.test(owner) ? '0' : undefined),
    )
  const [found, protocol = '', address, number, , program = ''] = netstat.exec(text) ?? []
  if (found === undefined) return others.test(text) ? 'nobody' : undefined
  return socketOn(
    protocol,
    address,
    number,
    /(?:^|\s)\d+\/(\S+)/.exec(program)?.[1],
    // With -e user and inode stand before the program.
    /^(\d{1,10})\s+\d+(?:\s|$)/.exec(program)?.[1],
  )
}

function socketOn(kind: string, local = '', port = '', program?: string, uid?: string): ShownSocket | undefined {
  const protocol = kind === 'udp' ? 'udp' : 'tcp'
  const written = local.replace(/[[\]]/g, '').replace(/%.*$/, '') || '::'
  if (written !== '*' && familyOf(written) === undefined) return undefined
  return {
    // A socket of both families is one of IPv6.
    table: local.includes(':') || local === '' || local === '*' ? `${protocol}6` : protocol,
    listener: {
      protocol,
      address: canonicalAddress(written),
      port: Number(port),
      ...(local === '[::]' && { isIPv6Alone: true }),
      ...(uid !== undefined && Number(uid) <= 0xffff_fffe && { uid: Number(uid) }),
      ...(program && { program: program.slice(0, 60) }),
    },
  }
}
