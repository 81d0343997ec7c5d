import { canonicalAddress, familyOf } from '../core/address.ts'
import type { Endpoint } from '../flow/endpoint.ts'

const symbol = /^(pod|peer|lo)(?:\.([^:]+))?(?::(\d+))?$/
const literal = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/

/**
 * Reads an endpoint: `203.0.113.10:80`, `[2001:db8::1]:80`, `pod:8080`, `pod.net1:8080`, `peer:80`, `lo:8080`;
 * without a port where the protocol has none.
 * @throws TypeError saying what is wrong with the text.
 */
export function parseEndpoint(text: string, withPort: boolean): Endpoint {
  const [, kind, interfaceName, symbolPort] = symbol.exec(text) ?? []
  if (kind === 'lo' && interfaceName === undefined) return { kind, port: parsePort(text, symbolPort, withPort) }
  if (kind === 'pod' || kind === 'peer')
    return { kind, interface: interfaceName ?? 'eth0', port: parsePort(text, symbolPort, withPort) }
  const [, bracketed, plain, literalPort] = literal.exec(text) ?? []
  const bare = familyOf(text) === 'ipv6' ? text : (bracketed ?? plain ?? '')
  const address = familyOf(bare) === undefined || bare.includes('%') ? '' : canonicalAddress(bare)
  const family = familyOf(address)
  if (family === undefined)
    throw new TypeError(
      `'${text}' is no endpoint: write ADDRESS:PORT, [IPV6]:PORT, pod:PORT, pod.net1:PORT, peer:PORT or lo:PORT`,
    )
  return { kind: 'literal', family, address, port: parsePort(text, literalPort, withPort) }
}

function parsePort(text: string, digits: string | undefined, withPort: boolean): number {
  if (!withPort) {
    if (digits !== undefined) throw new TypeError(`'${text}' has a port, but ICMP has none`)
    return 0
  }
  const port = Number(digits)
  if (digits === undefined || port < 1 || port > 65535)
    throw new TypeError(`'${text}' needs a port between 1 and 65535`)
  return port
}
