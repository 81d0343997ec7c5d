/** The protocol's names for what the bootstrap uses (Envoy API v3, release 1.40). */
export const typeUrls = {
  tcpProxy: 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  httpManager: 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  router: 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
  originalDestination: 'type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst',
  originalSource: 'type.googleapis.com/envoy.extensions.filters.listener.original_src.v3.OriginalSrc',
  fileAccessLog: 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
  sourcePort: 'type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.SourcePortInput',
  destinationPort: 'type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.DestinationPortInput',
  destinationAddress: 'type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.DestinationIPInput',
  setFilterState: 'type.googleapis.com/envoy.extensions.filters.network.set_filter_state.v3.Config',
  chainName: 'type.googleapis.com/google.protobuf.StringValue',
} as const
