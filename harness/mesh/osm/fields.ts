/**
 * Fields of OSM's MeshConfig, in any release, that have nothing to do with interception: `spec.sidecar`,
 * `spec.traffic`, `spec.observability`, `spec.certificate` and `spec.featureFlags` in this order
 * (config.openservicemesh.io v1alpha1, v1alpha2).
 */
export const unrelatedFields: ReadonlySet<string> = new Set([
  ...[
    'logLevel',
    'envoyImage',
    'envoyWindowsImage',
    'initContainerImage',
    'maxDataPlaneConnections',
    'configResyncInterval',
    'resources',
  ],
  ...['tlsMinProtocolVersion', 'tlsMaxProtocolVersion', 'cipherSuites', 'ecdhCurves'],
  ...['enableEgress', 'useHTTPSIngress', 'enablePermissiveTrafficPolicyMode', 'inboundExternalAuthorization'],
  ...['osmLogLevel', 'enableDebugServer', 'prometheusScraping', 'tracing'],
  ...['serviceCertValidityDuration', 'certKeyBitSize', 'ingressGateway'],
  ...[
    'enableWASMStats',
    'enableEgressPolicy',
    'enableMulticlusterMode',
    'enableSnapshotCacheMode',
    'enableAsyncProxyServiceMapping',
  ],
  ...['enableIngressBackendPolicy', 'enableEnvoyActiveHealthChecks', 'enableRetryPolicy', 'enableOSMGateway'],
])

export const annotationPrefix = 'openservicemesh.io/'

/** Keys of OSM's own, without the prefix, that a pod may carry for another purpose than interception. */
export const unrelatedAnnotations: ReadonlySet<string> = new Set([
  'sidecar-injection',
  'metrics',
  'monitored-by',
  'ignore',
  'reconcile',
])
