/** Fields of Helm's `global.proxy`, in any built-in release, that have nothing to do with interception. */
export const unrelatedFields: ReadonlySet<string> = new Set([
  ...[
    'autoInject',
    'clusterDomain',
    'componentLogLevel',
    'image',
    'lifecycle',
    'logLevel',
    'outlierLogPath',
    'privileged',
    'resources',
  ],
  ...[
    'enableCoreDump',
    'holdApplicationUntilProxyStarts',
    'capNetBindService',
    'seccompProfile',
    'startupProbe',
    'tracer',
  ],
  ...['readinessFailureThreshold', 'readinessInitialDelaySeconds', 'readinessPeriodSeconds'],
  ...[
    'accessLogEncoding',
    'accessLogFile',
    'accessLogFormat',
    'concurrency',
    'dnsRefreshRate',
    'protocolDetectionTimeout',
  ],
  ...['envoyAccessLogService', 'envoyMetricsService', 'envoyStatsd'],
])

/**
 * Variables of `proxyMetadata` that are read for interception, and since when (tools/istio-iptables, by its branches).
 */
export const metadataSince = {
  ISTIO_META_DNS_CAPTURE: '1.7',
  INVALID_DROP: '1.12',
  ISTIO_OUTBOUND_OWNER_GROUPS: '1.14',
  ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: '1.14',
  ISTIO_AGENT_DUAL_STACK: '1.17',
  ISTIO_DUAL_STACK: '1.19',
  ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR: '1.21',
} as const

/**
 * Variables that istio-iptables also reads, since each of its flags has one: they would change the rules, and are not
 * built in. Those of flags that the injector always gives (-p, -z, -u, -m, -i, -x, -b, -d) have no say.
 */
export const otherVariables: ReadonlySet<string> = new Set([
  ...['PROXY_GID', 'INBOUND_TUNNEL_PORT', 'ISTIO_INBOUND_TPROXY_MARK', 'ISTIO_INBOUND_TPROXY_ROUTE_TABLE'],
  ...['ISTIO_EXCLUDE_INTERFACES', 'KUBE_VIRT_INTERFACES', 'ISTIO_OUTBOUND_PORTS', 'ISTIO_LOCAL_OUTBOUND_PORTS_EXCLUDE'],
  ...[
    'REDIRECT_DNS',
    'CAPTURE_ALL_DNS',
    'DROP_INVALID',
    'DUAL_STACK',
    'SKIP_RULE_APPLY',
    'CLEANUP_ONLY',
    'DRY_RUN',
    'NATIVE_NFTABLES',
  ],
])
