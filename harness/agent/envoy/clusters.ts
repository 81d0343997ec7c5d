import type { AddressPort } from '../../core/address.ts'
import { socketAddress } from './listeners.ts'
import type { Route } from './routes.ts'

/** Parts of a cluster (envoy.config.cluster.v3.Cluster). */

/** A cluster without an endpoint: what is passed on to it ends at once. */
export const nowhere = 'nowhere'

/**
 * Far longer than a run: whether an answer still comes is not for a clock to say, nor how long a host's counters are
 * kept.
 */
const never = '86400s'

export function fixedCluster(name: string, endpoints: readonly (object | AddressPort)[]): object {
  const addresses = endpoints.map((at) => ('port' in at ? socketAddress(at.address, at.port) : at))
  return {
    name,
    type: 'STATIC',
    connect_timeout: never,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: addresses.map((address) => ({ endpoint: { address } })) }],
    },
  }
}

export function originalDestinationCluster(name: string): object {
  return { name, type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', connect_timeout: never, cleanup_interval: never }
}

const SOL_IP = 0
const IP_LOCAL_PORT_RANGE = 51

/** Dials from the route's ports, and from an address where one is given. */
export function dialledFrom({ ports: { first, last } }: Route, address?: string): object {
  const range = { level: SOL_IP, name: IP_LOCAL_PORT_RANGE, int_value: last * 0x10000 + first, state: 'STATE_PREBIND' }
  const bound = address !== undefined && { source_address: { address, port_value: 0 } }
  return { upstream_bind_config: { ...bound, socket_options: [range] } }
}
