import { addressFromBytes } from '../../../core/address.ts'
import type { ShownSocket } from './shown.ts'

const heading = /^sl\s+local_address\s+rem(?:ote)?_address\s+st\s/
const row =
  /^\d+:\s+([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4})\s+[\dA-F]+:([\dA-F]{4})\s+([\dA-F]{2})\s+[\dA-F]+:[\dA-F]+\s+[\dA-F]+:[\dA-F]+\s+[\dA-F]+\s+(\d{1,10})\s+\d+\s+\d+\s/

/**
 * A line of /proc/net/tcp, tcp6, udp or udp6 (get_tcp4_sock and udp4_format_sock in the kernel, and IPv6's own). Its state tells
 * whose file it is: no datagram socket listens, and none of TCP's that are shown is closed. @returns as `shownSocket`.
 */
export function procSocket(text: string): ShownSocket | 'nobody' | undefined {
  if (heading.test(text)) return 'nobody'
  const [, address = '', port = '', remotePort, state, uid] = row.exec(`${text} `) ?? []
  if (state === undefined) return undefined
  const protocol = state === '0A' ? 'tcp' : state === '07' && remotePort === '0000' ? 'udp' : undefined
  if (protocol === undefined) return 'nobody'
  return {
    table: address.length > 8 ? `${protocol}6` : protocol,
    listener: {
      protocol,
      address: addressOf(address),
      port: Number.parseInt(port, 16),
      ...(Number(uid) <= 0xffff_fffe && { uid: Number(uid) }),
    },
  }
}

/**
 * An address is words of 32 bits that the kernel prints as its machine's numbers, of which nothing in the file tells the
 * order: it is taken for that of x86 and ARM, lowest byte first.
 */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16)))
  return addressFromBytes(Uint8Array.from(bytes))
}
