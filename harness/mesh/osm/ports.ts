/** The UID that OSM's proxy runs as, and that its rules leave alone (from 0.8). */
export const proxyUid = 1500

/** The ports of OSM's proxy, and the inbound ones that its rules leave alone. */
export const ports = {
  outbound: 15001,
  inbound: 15003,
  admin: 15000,
  metrics: 15010,
  /** Liveness, readiness and startup probes. */
  httpProbes: [15901, 15902, 15903],
  /** The TCP health check, from 1.1. */
  tcpProbe: 15904,
} as const
