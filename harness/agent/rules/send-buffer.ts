import { readFileSync } from 'node:fs'
import { HarnessError } from '../../core/errors.ts'
import { mappedIds } from '../../sys/privileges/id-map.ts'

/**
 * What iptables-nft says when the kernel refuses its message with EMSGSIZE. 1.8.7 gives no reason; what the kernel has
 * against a rule it tells as all versions do, with what failed: `line 7: RULE_APPEND failed (Invalid argument)`.
 * iptables-legacy, which sends the kernel no such message, calls itself iptables-restore, and gives no reason for
 * anything that is refused.
 */
const refusal = /failed: Message too long|^\S+-nft-restore: line \d+ failed$/m
/** Lines that go to the kernel at once where they do not fit together: a tenth of what the smallest buffer takes. */
const pieceLines = 50
const leastBuffer = 1 << 20
/** More than iptables-nft makes of a rule: one with an address is 360 bytes. */
const bytesPerLine = 1024

/**
 * A table goes to the kernel in one message, which may not be longer than the socket's send buffer (netlink_sendmsg).
 * iptables-nft asks for more by SO_SNDBUFFORCE, which the machine's root alone is given, and is left with
 * net.core.wmem_default (mnl_set_sndbuffer).
 */
export function isTooLong(output: string, isRoot = isMachineRoot()): boolean {
  return !isRoot && refusal.test(output)
}

/** The initial user namespace knows every ID (user_namespaces(7)). */
function isMachineRoot(): boolean {
  return mappedIds('uid').some(([first, last]) => first === 0 && last >= 0xffff_fffe)
}

/**
 * Cuts what is left of a payload into pieces that fit, in which every line stands where it stood. Loaded one after the
 * other they make of an empty pod what the whole would have made of it.
 * @param line that of the COMMIT which was refused, from 1; the tables before it are loaded.
 */
export function piecesOf(payload: string, line: number): string[] {
  const lines = payload.split('\n')
  const starts = lines.flatMap((text, index) => (/^\s*\*/.test(text) ? [index] : []))
  const first = starts.filter((start) => start < line).at(-1) ?? 0
  return starts
    .filter((start) => start >= first)
    .flatMap((start) => {
      const end = lines.findIndex((text, index) => index > start && /^\s*COMMIT\s*$/.test(text))
      if (end < 0) return []
      const count = Math.max(1, Math.ceil((end - start - 1) / pieceLines))
      return Array.from({ length: count }, (_, piece) => {
        const from = start + 1 + piece * pieceLines
        const isKept = (index: number): boolean =>
          index === start || index === end || (index >= from && index < Math.min(from + pieceLines, end))
        return lines.map((text, index) => (isKept(index) ? text : '')).join('\n')
      })
    })
}

/** What to tell of rules of which nothing is wrong but that they do not fit. */
export function beyondSendBuffer(program: string, payload: string): HarnessError {
  const needed = 2 ** Math.ceil(Math.log2(Math.max(leastBuffer, payload.split('\n').length * bytesPerLine)))
  const size = sendBuffer()
  const setting = size === undefined ? 'net.core.wmem_default' : `net.core.wmem_default, which is ${size}`
  const message = `without root, ${program} can load no rules that take the kernel a longer message than ${setting}`
  const hint = `mend it with: sudo sysctl -w net.core.wmem_default=${needed}, or run as root`
  return new HarnessError('machine', message, { hint, skips: true })
}

/** Older kernels show it to the machine's own network namespace alone. */
function sendBuffer(): string | undefined {
  try {
    return readFileSync('/proc/sys/net/core/wmem_default', 'utf8').trim()
  } catch {
    return undefined
  }
}
