import { leadingDecimal, wholeNumber } from '../words/c-numbers.ts'
import { protocolCalled } from '../words/protocols.ts'
import { type Kind, kind } from './kinds.ts'

export const protocol: Kind = kind('a protocol', isProtocol)

function isProtocol(written: string): boolean {
  return wholeNumber(written, 255) !== undefined || protocolNumber(written) !== undefined
}

/** getprotobyname(3) knows each by its name and by the same in capitals. */
export const protocolNumber = (written: string): number | undefined =>
  protocolCalled(written) ?? (/^[A-Z0-9.-]+$/.test(written) ? protocolCalled(written.toLowerCase()) : undefined)

/** A port as getaddrinfo(3) reads it: a decimal number that an int has room for, of which 16 bits count. */
export function serviceNumber(written: string): number | undefined {
  const found = leadingDecimal(written)
  const isInt = found?.rest === '' && found.value < 2n ** 64n && (found.value & 0x80000000n) === 0n
  return isInt ? Number(found.value & 0xffffn) : undefined
}

/** Such a number, or a name that a machine may know. */
export const isService = (written: string): boolean => serviceNumber(written) !== undefined || isServiceName(written)
export const isServiceName = (written: string): boolean => /^[A-Za-z][A-Za-z0-9_+.-]*$/.test(written)

export const port: Kind = kind('a port', (written) => written === '' || isService(written))
export const ports: Kind = kind('a port, or two with a colon between', (written) => {
  const parts = written.split(':')
  return parts.length <= 2 && parts.every((part) => part === '' || isService(part))
})

/** Ports as xtables_parse_port reads them; an end may be left out, and the first is not above the last. */
export const orderedPorts: Kind = kind('a port, or two with a colon between, in order', (written) => {
  const parts = written.split(':')
  if (parts.length > 2) return false
  const ends = parts.map((part, index) =>
    part === '' && parts.length === 2 ? (index === 0 ? 0n : 65535n) : wholeNumber(part, 65535),
  )
  const [first, last = first] = ends
  if (parts.some((part, index) => ends[index] === undefined && !isServiceName(part))) return false
  return first === undefined || last === undefined || first <= last
})
