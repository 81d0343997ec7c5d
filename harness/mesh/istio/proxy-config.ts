import type { Tags } from 'yaml'
import { inputError } from '../../core/errors.ts'
import { plainDataProblem } from '../../core/plain-data.ts'
import { Reading } from '../../input/all-at-once.ts'
import { nearestName } from '../../input/nearest-name.ts'
import { yaml } from '../../input/yaml.ts'
import { annotationNames } from './annotation-names.ts'
import { show } from './go-values.ts'
import { readMetadata } from './metadata.ts'
import { type Mode, modes } from './options.ts'
import type { Release } from './releases.ts'
import { readWord } from './values.ts'

const where = annotationNames.proxyConfig
/** Kubernetes holds 256 KiB of annotations in all (TotalAnnotationSizeLimitB). */
const mostCharacters = 256 * 1024
const mostAliases = 100

/** What `proxy.istio.io/config` says about interception. */
export interface ProxyConfig {
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
  if (text.length > mostCharacters)
    throw inputError(where, `has ${text.length} characters, and at most ${mostCharacters} are read`)
  try {
    const document = yaml().parseDocument(text, {
      version: '1.1',
      logLevel: 'silent',
      customTags: (tags) => tags.filter(isNoDate),
    })
    const [problem] = document.errors
    if (problem !== undefined)
      throw inputError(where, isTooDeep(problem) ? tooMuch : `is not YAML: ${firstLine(problem.message)}`)
    const value: unknown = document.toJS({ maxAliasCount: mostAliases })
    const wrong = plainDataProblem(value)
    if (wrong === undefined) return value
    throw inputError(where, wrong)
  } catch (error) {
    // What is too deep, or has too many aliases (yaml's ReferenceError).
    if (error instanceof ReferenceError || error instanceof RangeError) throw inputError(where, tooMuch)
    throw error
  }
}

/** YAML 1.1, as Istio reads it, in which `yes` is true; what looks like a date stays text. */
const isNoDate = (tag: Tags[number]): boolean => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'

const tooMuch = 'has too many aliases, or is nested too deep'

/** Where its parser runs out of stack, yaml takes that for an error of the text. */
const isTooDeep = ({ message }: Error): boolean => message.includes('call stack')

const firstLine = (message: string): string => message.split('\n', 1)[0]?.replace(/:$/, '') ?? message

function checkName(name: string): void {
  const known = ['interceptionMode', 'proxyMetadata', 'interception_mode', 'proxy_metadata']
  const nearest = known.includes(name) ? undefined : nearestName(name, known, 2)
  if (nearest !== undefined)
    throw inputError(`${where}: ${name}`, 'ProxyConfig has no such field', `did you mean ${nearest}?`)
}
