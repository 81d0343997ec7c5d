import { type Family, loopbackAddresses } from '../../core/address.ts'
import { typeUrls } from './type-urls.ts'

/** Parts of a listener (envoy.config.listener.v3.Listener). */

/** A UNIX socket that everyone may connect to: in a container, root cannot without this (CAP_DAC_OVERRIDE). */
export function pipe(path: string): object {
  return { pipe: { path, mode: 0o777 } }
}

export function socketAddress(address: string, port: number): object {
  return { socket_address: { address, port_value: port } }
}

/** @param addresses the first is its own, the others are additional ones. */
export function listener(name: string, port: number, [first = '', ...others]: readonly string[]): object {
  return {
    name,
    address: socketAddress(first, port),
    ...(others.length > 0 && {
      additional_addresses: others.map((address) => ({ address: socketAddress(address, port) })),
    }),
  }
}

export const originalDestinationFilter = {
  name: 'envoy.filters.listener.original_dst',
  typed_config: { '@type': typeUrls.originalDestination },
}

/** Has what is passed on come from whom the listener sees as its client, from a port of Envoy's (CAP_NET_ADMIN). */
export const originalSourceFilter = (mark?: number): object => ({
  name: 'envoy.filters.listener.original_src',
  typed_config: { '@type': typeUrls.originalSource, ...(mark !== undefined && { mark }) },
})

export function filterChain(name: string, filters: readonly object[]): object {
  return { name, filters }
}

const asItHappens = { flush_access_log_on_start: true, flush_access_log_on_connected: true }

/** @param options when its log is written before the connection's end. */
export function tcpProxy(cluster: string, log: readonly object[], options: object = asItHappens): object {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: {
      '@type': typeUrls.tcpProxy,
      stat_prefix: 'tcp',
      cluster,
      access_log: log,
      access_log_options: options,
    },
  }
}

/** Has an original-destination cluster dial the destination's port on loopback. */
export function setDestination(family: Family): object {
  const address = family === 'ipv4' ? loopbackAddresses[family] : `[${loopbackAddresses[family]}]`
  return {
    name: 'envoy.filters.network.set_filter_state',
    typed_config: {
      '@type': typeUrls.setFilterState,
      on_new_connection: [
        {
          object_key: 'envoy.network.transport_socket.original_dst_address',
          format_string: { text_format_source: { inline_string: `${address}:%DOWNSTREAM_LOCAL_PORT%` } },
        },
      ],
    },
  }
}

/** Answers every request with who it is. */
export function answer(who: string): object {
  const route = { match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: `${who}\n` } } }
  return {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': typeUrls.httpManager,
      stat_prefix: who,
      http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': typeUrls.router } }],
      route_config: { virtual_hosts: [{ name: who, domains: ['*'], routes: [route] }] },
    },
  }
}
