import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { yamlText } from '../../input/yaml-text.ts'
import { show } from '../show.ts'
import { annotationNames } from './annotation-names.ts'
import { readMetadata } from './metadata.ts'
import { type Mode, modes } from './options.ts'
import type { Release } from './releases.ts'
import { readWord } from './values.ts'

const where = annotationNames.proxyConfig
/** Kubernetes holds 256 KiB of annotations in all (TotalAnnotationSizeLimitB). */
const mostCharacters = 256 * 1024

/** What `proxy.istio.io/config` says about interception. */
interface ProxyConfig {
  interceptionMode?: Mode
  proxyMetadata: Readonly<Record<string, string>>
}

/**
 * Reads `proxy.istio.io/config`: a ProxyConfig (mesh.istio.io v1alpha1) as YAML. Fields that have nothing to do with
 * interception pass, and so do those that Istio does not know, as they do there.
 * @throws HarnessError (`input`) if it is no YAML, or says something that Istio would not take.
 */
export function readProxyConfig(release: Release, text: string | undefined): ProxyConfig {
  if (text === undefined) return { proxyMetadata: {} }
  const config = parse(text)
  if (config === null || config === undefined) return { proxyMetadata: {} }
  if (typeof config !== 'object' || Array.isArray(config))
    throw inputError(where, `${show(config)} is not a map of fields`)
  const reading = new Reading()
  for (const name of Object.keys(config)) reading.of(() => checkName(name))
  const fields: Readonly<Record<string, unknown>> = { ...config }
  // Protobuf's JSON has a second spelling of each field.
  const interceptionMode = fields['interceptionMode'] ?? fields['interception_mode']
  const proxyMetadata = reading.of(() =>
    readMetadata(release, `${where}: proxyMetadata`, fields['proxyMetadata'] ?? fields['proxy_metadata']),
  )
  const mode = reading.of(() => readWord(`${where}: interceptionMode`, interceptionMode, modes, 'REDIRECT'))
  reading.end()
  return { proxyMetadata, ...(interceptionMode !== undefined && { interceptionMode: mode }) }
}

function parse(text: string): unknown {
  if (typeof text !== 'string') throw inputError(where, `${show(text)} is not text`)
  return yamlText(where, text, mostCharacters)
}

function checkName(name: string): void {
  const known = ['interceptionMode', 'proxyMetadata', 'interception_mode', 'proxy_metadata']
  const hint = known.includes(name) ? undefined : didYouMean(name, known, 2)
  if (hint !== undefined) throw inputError(`${where}: ${name}`, 'ProxyConfig has no such field', hint)
}
