import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { show } from '../show.ts'
import { metadataSince, otherVariables } from './fields.ts'
import { has, type Release } from './releases.ts'
import { tooOld } from './too-old.ts'
import { readText } from './values.ts'

type MetadataName = keyof typeof metadataSince
/** How many letters of a mistyped name are wrong at most: a proxy has many other variables. */
const mostWrong = 2
/** A pair of which each built-in release reads one: the other is no mistake, and warnings.ts tells of it. */
const dualStack: readonly string[] = ['ISTIO_AGENT_DUAL_STACK', 'ISTIO_DUAL_STACK']

/**
 * Reads `proxyMetadata`: variables of the proxy's and the init container's environment, any names.
 * @throws HarnessError (`input`) if it is no map of texts, or has a name that is close to one that is read and is not
 * it.
 */
export function readMetadata(release: Release, option: string, value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw inputError(option, `${show(value)} is not a map of names and texts`)
  const reading = new Reading()
  const variables = Object.entries(value).map(([name, text]) => [
    name,
    reading.of(() => readVariable(release, `${option}.${name}`, name, text)),
  ])
  reading.end()
  return Object.fromEntries(variables)
}

function readVariable(release: Release, option: string, name: string, value: unknown): string {
  const known = Object.keys(metadataSince)
  if (otherVariables.has(name))
    throw inputError(option, 'istio-iptables reads this variable, and what it changes is not built in')
  if (known.includes(name)) {
    const since = metadataSince[name as MetadataName]
    if (!has(release, since) && !(dualStack.includes(name) && has(release, '1.17')))
      throw tooOld(release, option, since)
  } else {
    const hint = didYouMean(name, known, mostWrong)
    if (hint !== undefined) throw inputError(option, 'Istio reads no such variable', hint)
  }
  if (typeof value === 'boolean' || typeof value === 'number') {
    throw inputError(option, `${show(value)} is not text, and Istio refuses what is none`, `write "${value}"`)
  }
  return readText(option, value, '')
}
