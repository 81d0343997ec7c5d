import { inputError } from '../../core/errors.ts'
import { isObject, shown, unknownName } from '../../input/fields.ts'
import { yamlText } from '../../input/yaml-text.ts'

/** The parts of a MeshConfig's spec (config.openservicemesh.io v1alpha1, v1alpha2) that decide about interception. */
const sections = ['sidecar', 'traffic'] as const
const otherSections = ['observability', 'certificate', 'featureFlags', 'pluginChains'] as const
/** The ConfigMap that OSM's bootstrap makes the MeshConfig from, and its key (osm-bootstrap.go). */
const preset = { name: 'preset-mesh-config', key: 'preset-mesh-config.json' }
/** A ConfigMap holds a MiB at most. */
const mostCharacters = 1024 * 1024

/**
 * The flat config of OSM's MeshConfig resource, or of the ConfigMap that it is made from.
 * @throws HarnessError (`input`) if a part of it is none of MeshConfig's. Its fields are not looked at.
 */
export function meshConfigOf(object: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  const { kind, metadata, data, spec } = object
  if (kind === 'ConfigMap' && isObject(metadata) && metadata['name'] === preset.name) {
    const text = isObject(data) ? data[preset.key] : undefined
    if (typeof text !== 'string') throw inputError(`data.${preset.key}`, `${shown(text)} is no text`)
    return flattened(yamlText(`data.${preset.key}`, text, mostCharacters))
  }
  return kind === 'MeshConfig' ? flattened(spec) : undefined
}

function flattened(spec: unknown): Record<string, unknown> {
  if (spec === undefined || spec === null) return {}
  if (!isObject(spec)) throw inputError('spec', `${shown(spec)} is no object`)
  const known = [...sections, ...otherSections]
  for (const name of Object.keys(spec))
    if (!known.some((section) => section === name)) throw inputError('spec', unknownName('field', name, known))
  return Object.assign({}, ...sections.map((name) => sectionOf(name, spec[name]))) as Record<string, unknown>
}

function sectionOf(name: string, section: unknown): Record<string, unknown> {
  if (section === undefined || section === null) return {}
  if (!isObject(section)) throw inputError(`spec.${name}`, `${shown(section)} is no object`)
  // The API server leaves an empty list out, or keeps it as null.
  return Object.fromEntries(Object.entries(section).filter(([, value]) => value !== null))
}
