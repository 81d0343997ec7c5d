import t from 'tap'
import { findMesh } from '../../harness/mesh/index.ts'

const osm = (object: Record<string, unknown>) => findMesh('osm').configOf?.(object)
const istio = (object: Record<string, unknown>) => findMesh('istio').configOf?.(object)

t.test("OSM's MeshConfig, and the ConfigMap that it is made from", async (t) => {
  const spec = {
    sidecar: { logLevel: 'error', localProxyMode: 'PodIP' },
    traffic: { outboundPortExclusionList: [6379], inboundPortExclusionList: null },
    observability: { osmLogLevel: 'info' },
  }
  const config = { logLevel: 'error', localProxyMode: 'PodIP', outboundPortExclusionList: [6379] }
  t.same(osm({ kind: 'MeshConfig', spec }), config)
  const preset = { kind: 'ConfigMap', metadata: { name: 'preset-mesh-config' } }
  t.same(osm({ ...preset, data: { 'preset-mesh-config.json': JSON.stringify(spec) } }), config)
  t.equal(osm({ kind: 'ConfigMap', metadata: { name: 'istio' }, data: { mesh: '' } }), undefined)
  t.throws(() => osm({ kind: 'MeshConfig', spec: { trafic: {} } }), {
    message: /^spec: trafic: no such field, did you mean/,
  })
  t.throws(() => osm({ kind: 'MeshConfig', spec: { traffic: [] } }), { message: 'spec.traffic: a list is no object' })
  t.throws(() => osm({ ...preset, data: {} }), { message: /^data\.preset-mesh-config\.json: nothing is no text$/ })
})

t.test("what Istio's config is written in", async (t) => {
  const proxy = { excludeOutboundPorts: 3306, includeIPRanges: '*', statusPort: 15020, clusterDomain: 'x', newer: 1 }
  const ofProxy = { excludeOutboundPorts: '3306', includeIPRanges: '*', statusPort: 15020 }
  const meshConfig = { defaultConfig: { interceptionMode: 'TPROXY', proxyMetadata: { A: 'b' }, concurrency: 2 } }
  const ofMeshConfig = { interceptionMode: 'TPROXY', proxyMetadata: { A: 'b' } }
  const values = { global: { proxy }, meshConfig, pilot: { cni: { enabled: true } } }
  t.same(istio(values), { ...ofProxy, cni: true, ...ofMeshConfig })
  t.same(istio({ defaults: values, global: { proxy: { includeIPRanges: '10.0.0.0/8' } } }), {
    ...ofProxy,
    cni: true,
    ...ofMeshConfig,
    includeIPRanges: '10.0.0.0/8',
  })
  const operator = {
    kind: 'IstioOperator',
    spec: { meshConfig, values: { global: { proxy } }, components: { cni: { enabled: true } } },
  }
  t.same(istio(operator), { cni: true, ...ofProxy, ...ofMeshConfig })
  const map = (name: string, data: Record<string, string>) => ({ kind: 'ConfigMap', metadata: { name }, data })
  t.same(istio(map('istio-sidecar-injector', { values: JSON.stringify({ global: { proxy } }) })), ofProxy)
  t.same(istio(map('istio-1-20', { mesh: 'defaultConfig:\n  interceptionMode: TPROXY\n' })), {
    interceptionMode: 'TPROXY',
  })
  t.same(istio(meshConfig), ofMeshConfig)
  t.equal(istio({ kind: 'MeshConfig', spec: {} }), undefined, "OSM's")
  t.equal(istio({ hosts: [] }), undefined)
  const misspelt = { global: { proxy: { excludeOutboundPort: '1' } } }
  t.throws(() => istio(misspelt), {
    message: /^global\.proxy\.excludeOutboundPort: /,
    hint: 'did you mean excludeOutboundPorts?',
  })
  t.throws(() => istio(map('istio', { mesh: 'a: [' })), { message: /^data\.mesh: is not YAML: / })
  t.throws(() => istio({ global: { proxy: 'x' } }), { message: "global.proxy: 'x' is no object" })
})

t.test("what an injected pod's containers tell", async (t) => {
  const { configOfPod } = findMesh('istio')
  const proxy = (id: number) => ({ name: 'istio-proxy', runAsUser: id, runAsGroup: id })
  t.same(configOfPod?.([proxy(1337)]), {})
  t.same(configOfPod?.([proxy(0)]), {}, 'under TPROXY')
  t.same(configOfPod?.([proxy(1_000_690_000)]), { proxyUID: '1000690000' })
  t.same(configOfPod?.([{ name: 'istio-validation' }, proxy(1_000_690_000)]), {
    proxyUID: '1000690000',
    proxyGID: '1000690000',
    cni: true,
  })
})
