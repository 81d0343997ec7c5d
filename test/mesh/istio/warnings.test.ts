import t from 'tap'
import type { Release } from '../../../harness/mesh/istio/releases.ts'
import { readSettings } from '../../../harness/mesh/istio/settings.ts'
import { warningsOf } from '../../../harness/mesh/istio/warnings.ts'
import { annotated } from './request.ts'

const warnings = (release: Release, config: Record<string, unknown>, podAnnotations = {}) =>
  warningsOf(release, readSettings(release, { config, podAnnotations }))

t.test('nothing to warn of', async (t) => {
  t.same(warnings('1.31', {}), [])
  t.same(
    warnings('1.17', {
      excludeIPRanges: '10.0.0.0/8',
      excludeInboundPorts: '80, 81,90:92,http',
      interceptionMode: 'NONE',
    }),
    [],
  )
  t.same(warnings('1.31', { cni: true, proxyMetadata: { ISTIO_DUAL_STACK: 'true' } }), [])
})

t.test('ranges of Helm that 1.5 and 1.17 pass over', async (t) => {
  const config = { includeIPRanges: '10.0.0.0/8, 192.168.0.0/16', excludeIPRanges: '10.0.0.1' }
  for (const release of ['1.5', '1.17'] as const) {
    t.same(warnings(release, config), [
      `includeIPRanges: " 192.168.0.0/16" is not a range to istio-iptables, and ${release} makes no rule of it`,
      `excludeIPRanges: "10.0.0.1" is not a range to istio-iptables, and ${release} makes no rule of it`,
    ])
  }
})

t.test('what does not load', async (t) => {
  t.match(warnings('1.31', { excludeInboundPorts: '*' }), [/^excludeInboundPorts: "\*" is not a port to iptables/])
  t.match(warnings('1.31', { excludeOutboundPorts: '80-90,65536' }), [/"80-90"/, /"65536"/])
  t.match(warnings('1.31', {}, annotated('includeOutboundPorts', '8 0')), [
    /^traffic\.sidecar\.istio\.io\/includeOutboundPorts: "8 0"/,
  ])
  t.match(warnings('1.17', {}, annotated('excludeInterfaces', 'a234567890123456')), [
    /excludeInterfaces: .* not an interface to iptables/,
  ])
})

t.test('more included groups than iptables-restore takes words of a rule', async (t) => {
  const included = (length: number) => ({
    proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS: Array.from({ length }, (_, index) => 2001 + index).join(',') },
  })
  for (const release of ['1.17', '1.31'] as const) {
    t.match(warnings(release, included(50)), [
      /^ISTIO_OUTBOUND_OWNER_GROUPS: 50 groups are one rule that iptables-restore does not load/,
    ])
    t.same(warnings(release, included(49)), [])
  }
})

t.test('what nothing reads', async (t) => {
  t.match(warnings('1.5', { includeInboundPorts: '80' }), [/from 1\.12 on; 1\.5 captures every inbound port/])
  t.match(warnings('1.17', { proxyMetadata: { ISTIO_DUAL_STACK: 'true' } }), [
    /1\.17 does not read it, but ISTIO_AGENT_DUAL_STACK/,
  ])
  t.match(warnings('1.31', { proxyMetadata: { ISTIO_AGENT_DUAL_STACK: 'true' } }), [
    /1\.31 does not read it, but ISTIO_DUAL_STACK/,
  ])
  t.match(warnings('1.31', { cni: true, proxyMetadata: { ISTIO_OUTBOUND_OWNER_GROUPS: '1' } }), [
    /the CNI plugin does not read it/,
  ])
})
