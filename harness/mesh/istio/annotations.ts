import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { show } from '../show.ts'
import { type AnnotationKey, annotationNames, annotationsSince, listedPrefix } from './annotation-names.ts'
import { type Check, interfaces, mode, port, ports, portsOrAll, ranges, rangesOrAll, text } from './checks.ts'
import { has, type Release } from './releases.ts'
import { tooOld } from './too-old.ts'
import { readText } from './values.ts'

/**
 * What the injector looks at (AnnotationValidation in pkg/kube/inject); `includeOutboundPorts` is looked at by the CNI
 * plugin alone.
 */
const checks: Readonly<Record<Exclude<AnnotationKey, 'proxyConfig'>, Check>> = {
  includeOutboundIPRanges: rangesOrAll,
  excludeOutboundIPRanges: ranges,
  includeInboundPorts: portsOrAll,
  excludeInboundPorts: ports,
  includeOutboundPorts: text,
  excludeOutboundPorts: ports,
  excludeInterfaces: interfaces,
  kubevirtInterfaces: interfaces,
  rerouteVirtualInterfaces: interfaces,
  interceptionMode: mode,
  statusPort: port,
}

/** What a pod's annotations say about interception, but for `proxy.istio.io/config`; an empty value is one. */
export type PodSettings = Partial<Record<keyof typeof checks, string>>

/**
 * Reads a pod's annotations as the injector of this release checks them; other programs' are ignored.
 * @throws HarnessError (`input`) naming annotation, value and reason. Istio does not admit such a pod.
 */
export function readAnnotations(release: Release, podAnnotations: Readonly<Record<string, string>>): PodSettings {
  const reading = new Reading()
  for (const [name, value] of Object.entries(podAnnotations)) reading.of(() => checkName(release, name, value))
  const said = Object.keys(checks).flatMap((each) => {
    const key = each as keyof typeof checks
    const name = annotationNames[key]
    return Object.hasOwn(podAnnotations, name)
      ? [[key, reading.of(() => readOne(release, key, podAnnotations[name]))]]
      : []
  })
  reading.end()
  return Object.fromEntries(said)
}

function readOne(release: Release, key: keyof typeof checks, written: unknown): string {
  const name = annotationNames[key]
  const value = readText(name, written, '')
  const problem = checks[key](value, release)
  if (problem !== undefined) throw inputError(name, problem)
  return value
}

function checkName(release: Release, name: string, value: unknown): void {
  const names = Object.entries(annotationNames)
  const [key] = names.find(([, known]) => known === name) ?? []
  if (key !== undefined) {
    const since = annotationsSince[key as AnnotationKey]
    if (since !== undefined && !has(release, since)) throw tooOld(release, name, since)
    return
  }
  const known = names.map(([, each]) => each)
  // All keys of Istio's under this prefix are known; under its others, only what is all but one of ours is a mistake.
  const isListed = name.startsWith(listedPrefix)
  const hint = didYouMean(name, known, isListed ? undefined : 2)
  if (isListed || hint !== undefined)
    throw inputError(name, `Istio has no such annotation (value ${show(value)})`, hint)
}
