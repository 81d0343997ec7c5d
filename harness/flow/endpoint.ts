import { type AddressPort, type Family, formatAddressPort } from '../core/address.ts'

/**
 * Where a flow is sent, as a scenario writes it: a literal address, or a symbol that stands for one address of each
 * family. `pod` is the pod's own address on an interface, `peer` the address of the host at that interface's other end,
 * `lo` 127.0.0.1 and ::1.
 */
export type Endpoint =
  | { kind: 'literal'; family: Family; address: string; port: number }
  | { kind: 'pod' | 'peer'; interface: string; port: number }
  | { kind: 'lo'; port: number }

/** How an endpoint is written in scenarios, ids and reports: `pod:8080`, `pod.net1:8080`, `203.0.113.10:80`. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === 'literal') return formatAddressPort(endpoint)
  const name =
    endpoint.kind === 'lo' || endpoint.interface === 'eth0' ? endpoint.kind : `${endpoint.kind}.${endpoint.interface}`
  return endpoint.port === 0 ? name : `${name}:${endpoint.port}`
}

/** The addresses that symbols stand for. */
export interface AddressBook {
  pod(interfaceName: string, family: Family): string
  peer(interfaceName: string, family: Family): string
}

/**
 * @returns the address and port that an endpoint is in one family, or undefined where a literal is of the other one.
 */
export function resolveEndpoint(endpoint: Endpoint, family: Family, book: AddressBook): AddressPort | undefined {
  const { port } = endpoint
  switch (endpoint.kind) {
    case 'literal':
      return endpoint.family === family ? { address: endpoint.address, port } : undefined
    case 'lo':
      return { address: family === 'ipv4' ? '127.0.0.1' : '::1', port }
    case 'pod':
    case 'peer':
      return { address: book[endpoint.kind](endpoint.interface, family), port }
  }
}
