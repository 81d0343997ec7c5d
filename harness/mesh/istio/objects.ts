import { inputError } from '../../core/errors.ts'
import { isObject, shown } from '../../input/fields.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { yamlText } from '../../input/yaml-text.ts'
import type { PodContainer } from '../mesh.ts'
import { unrelatedFields } from './fields.ts'

type Fields = Readonly<Record<string, unknown>>

/** A ConfigMap holds a MiB at most. */
const mostCharacters = 1024 * 1024
/** What `global.proxy` says about interception. */
const proxyFields = [
  ...['includeIPRanges', 'excludeIPRanges', 'includeInboundPorts', 'excludeInboundPorts'],
  ...['includeOutboundPorts', 'excludeOutboundPorts', 'statusPort'],
] as const
/** Fields of MeshConfig (mesh.istio.io v1alpha1) by which a file of it alone is known. */
const meshConfigFields = ['defaultConfig', 'enableTracing', 'rootNamespace', 'trustDomain', 'accessLogFile'] as const

/**
 * The flat config of what Istio is configured by: an IstioOperator, Helm's values, the ConfigMaps `istio` (MeshConfig)
 * and `istio-sidecar-injector` (the values of an installation), or a MeshConfig alone.
 * @throws HarnessError (`input`) naming the field.
 */
export function meshConfigOf(object: Fields): Record<string, unknown> | undefined {
  const { kind, metadata, data, spec } = object
  if (kind === 'ConfigMap') {
    const name = isObject(metadata) ? String(metadata['name']) : ''
    if (/^istio-sidecar-injector(?:-|$)/.test(name))
      return ofValues('data.values', parsed('data.values', data, 'values'))
    if (/^istio(?:-|$)/.test(name) && isObject(data) && 'mesh' in data)
      return ofMeshConfig('data.mesh', parsed('data.mesh', data, 'mesh'))
    return undefined
  }
  if (kind === 'IstioOperator') return ofOperator(fieldsAt('spec', spec))
  if (kind !== undefined || 'apiVersion' in object) return undefined
  const isValues =
    isObject(object['defaults']) || ['global', 'meshConfig', 'pilot', 'istio_cni'].some((name) => name in object)
  if (isValues) return ofValues('', object)
  return meshConfigFields.some((name) => name in object) ? ofMeshConfig('', object) : undefined
}

/** Whom a template runs the proxy as by default; under TPROXY as root, and the rules spare this one all the same. */
const usualIds = [0, 1337]

/**
 * As whom the proxy runs, where that is not as usual (OpenShift's ranges), and whether a CNI plugin makes the rules: an
 * init container then only checks them.
 */
export function configOfPod(containers: readonly PodContainer[]): Record<string, unknown> {
  const { runAsUser: uid, runAsGroup: gid } = containers.find(({ name }) => name === 'istio-proxy') ?? {}
  const cni = containers.some(({ name }) => name === 'istio-validation')
  return {
    ...(uid !== undefined && !usualIds.includes(uid) && { proxyUID: String(uid) }),
    ...(cni && gid !== undefined && !usualIds.includes(gid) && { proxyGID: String(gid) }),
    ...(cni && { cni }),
  }
}

function parsed(where: string, data: unknown, key: string): Fields {
  const text = isObject(data) ? data[key] : undefined
  if (typeof text !== 'string') throw inputError(where, `${shown(text)} is no text`)
  return fieldsAt(where, yamlText(where, text, mostCharacters))
}

function ofOperator(spec: Fields): Record<string, unknown> {
  const values = ofValues('spec.values', fieldsAt('spec.values', spec['values']))
  const enabled = at(spec, 'spec', 'components', 'cni')['enabled']
  return {
    ...(enabled !== undefined && { cni: enabled }),
    ...values,
    ...ofMeshConfig('spec.meshConfig', fieldsAt('spec.meshConfig', spec['meshConfig'])),
  }
}

/** From 1.24 on a chart's own defaults may stand under `defaults` as well, which has the same fields. */
function ofValues(where: string, values: Fields): Record<string, unknown> {
  const inner = values['defaults']
  const proxy = at(values, where, 'global', 'proxy')
  const cni = at(values, where, 'pilot', 'cni')['enabled'] ?? at(values, where, 'istio_cni')['enabled']
  return {
    ...(isObject(inner) && ofValues(`${where && `${where}.`}defaults`, inner)),
    ...ofProxy(`${where && `${where}.`}global.proxy`, proxy),
    ...(cni !== undefined && { cni }),
    ...ofMeshConfig(`${where && `${where}.`}meshConfig`, at(values, where, 'meshConfig')),
  }
}

/** What Helm's values do not know has no effect, and may be of another release: only what is misspelt is told. */
function ofProxy(where: string, proxy: Fields): Record<string, unknown> {
  for (const name of Object.keys(proxy)) {
    const isKnown = proxyFields.some((known) => known === name) || unrelatedFields.has(name)
    const hint = isKnown ? undefined : didYouMean(name, proxyFields, 2)
    if (hint !== undefined) throw inputError(`${where}.${name}`, 'Helm has no such value', hint)
  }
  return Object.fromEntries(
    proxyFields.flatMap((name) => {
      const value = proxy[name]
      if (value === undefined || value === null) return []
      // The injector's template puts all of them but the status port between quotes.
      return [[name, name !== 'statusPort' && typeof value === 'number' ? String(value) : value]]
    }),
  )
}

function ofMeshConfig(where: string, meshConfig: Fields): Record<string, unknown> {
  const own = at(meshConfig, where, 'defaultConfig')
  // Protobuf's JSON has a second spelling of each field.
  const mode = own['interceptionMode'] ?? own['interception_mode']
  const metadata = own['proxyMetadata'] ?? own['proxy_metadata']
  return {
    ...(mode !== undefined && mode !== null && { interceptionMode: mode }),
    ...(metadata !== undefined && metadata !== null && { proxyMetadata: metadata }),
  }
}

/** A part of a part; empty where there is none. */
function at(fields: Fields, where: string, ...path: readonly string[]): Fields {
  let [found, place] = [fields, where]
  for (const name of path) {
    place = place === '' ? name : `${place}.${name}`
    found = fieldsAt(place, found[name])
  }
  return found
}

function fieldsAt(where: string, value: unknown): Fields {
  if (value === undefined || value === null) return {}
  if (isObject(value)) return value
  throw inputError(where || 'the file', `${shown(value)} is no object`)
}
