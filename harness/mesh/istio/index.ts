import type { Mesh } from '../mesh.ts'
import { argumentsOf, buildPayload } from './build.ts'
import { istioDomains } from './domains.ts'
import { istioInitContainer } from './init-container.ts'
import { names } from './names.ts'
import { configOfPod, meshConfigOf } from './objects.ts'
import { otherProxies } from './other-proxies.ts'
import { istioProfile } from './profile.ts'
import { has, releases, resolveRelease } from './releases.ts'
import { readSettings } from './settings.ts'
import { warningsOf } from './warnings.ts'

const dns = { proxyMetadata: { ISTIO_META_DNS_CAPTURE: 'true' } }
const transparent = { interceptionMode: 'TPROXY' }
// Istio 1.17 reads the former, later releases the latter.
const dualStack = { proxyMetadata: { ISTIO_AGENT_DUAL_STACK: 'true', ISTIO_DUAL_STACK: 'true' } }
const dualStackDns = { proxyMetadata: { ...dns.proxyMetadata, ...dualStack.proxyMetadata } }
const variants = [{}, dns, dualStack, dualStackDns]
  .flatMap((config) => [config, { ...config, ...transparent }])
  .map((config) => ({ config }))

/**
 * Istio with sidecars and iptables: what its init container, and with `cni: true` its CNI plugin, loads in 1.5 (from
 * 1.5.3 on), 1.17 and 1.31, byte for byte, table by table.
 */
export const istio: Mesh = {
  name: 'istio',
  title: 'Istio',
  releases,
  chains: ['ISTIO_'],
  variants,
  names,
  others: otherProxies,
  profile: istioProfile,
  configOf: meshConfigOf,
  configOfPod,
  build(release, request) {
    return buildPayload(resolveRelease(release), request)
  },
  // VerifyIptablesState in tools/istio-iptables/pkg/capture finds "compatible residues" then, and nothing is run.
  looksFirst(version) {
    return has(resolveRelease(version), '1.31')
  },
  initContainer(version, _rules, request) {
    const release = resolveRelease(version)
    const settings = readSettings(release, request)
    const args = argumentsOf(release, settings)
    // Under CNI a pod has none, and DNS servers are read from a resolv.conf, which an engine writes.
    if (args === undefined || settings.mesh.cni || (args.redirectDNS && settings.mesh.dnsServers.length > 0))
      return undefined
    return istioInitContainer(release, args, settings)
  },
  validate(version, request) {
    const release = resolveRelease(version)
    argumentsOf(release, readSettings(release, request))
  },
  domains(version) {
    return istioDomains(resolveRelease(version))
  },
  warnings(version, request) {
    const release = resolveRelease(version)
    return warningsOf(release, readSettings(release, request))
  },
}
