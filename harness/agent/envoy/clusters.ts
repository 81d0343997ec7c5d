import { type AddressPort, type Family, wildcardAddresses } from '../../core/address.ts'
import { socketAddress } from './listeners.ts'
import type { Route } from './routes.ts'

/** Parts of a cluster (envoy.config.cluster.v3.Cluster). */

/** A cluster without an endpoint: what is passed on to it ends at once. */
export const nowhere = 'nowhere'

/** Far longer than a run: whether an answer still comes is not for a clock to say. */
const connectTimeout = '86400s'

export function fixedCluster(name: string, endpoints: readonly (object | AddressPort)[]): object {
  const addresses = endpoints.map((at) => ('port' in at ? socketAddress(at.address, at.port) : at))
  return {
    name,
    type: 'STATIC',
    connect_timeout: connectTimeout,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: addresses.map((address) => ({ endpoint: { address } })) }],
    },
  }
}

export function originalDestinationCluster(name: string): object {
  return { name, type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', connect_timeout: connectTimeout }
}

const SOL_IP = 0
const IP_BIND_ADDRESS_NO_PORT = 24
const IP_LOCAL_PORT_RANGE = 51

/**
 * Takes source ports from the route's range, and takes them when the socket is bound (IP_BIND_ADDRESS_NO_PORT off): the kernel
 * would else give the same port to connections to different destinations.
 */
export function bound({ ports: { first, last } }: Route, families: readonly Family[]): object {
  const [own, ...extra] = families.map((family) => socketAddress(wildcardAddresses[family], 0)) as { socket_address: object }[]
  const option = (name: number, value: number): object => ({ level: SOL_IP, name, int_value: value, state: 'STATE_PREBIND' })
  return {
    upstream_bind_config: {
      source_address: own?.socket_address,
      ...(extra.length > 0 && { extra_source_addresses: extra.map(({ socket_address }) => ({ address: socket_address })) }),
      socket_options: [option(IP_LOCAL_PORT_RANGE, last * 0x10000 + first), option(IP_BIND_ADDRESS_NO_PORT, 0)],
    },
  }
}
