import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import { didYouMean } from '../../input/nearest-name.ts'
import { show } from '../show.ts'
import { annotationPrefix, unrelatedAnnotations } from './fields.ts'
import { readCommaList } from './lists.ts'
import { checkRange, readPort } from './values.ts'

/** Annotations that decide about interception, by the list that they add to. */
export const annotations = {
  outboundPortExclusions: `${annotationPrefix}outbound-port-exclusion-list`,
  inboundPortExclusions: `${annotationPrefix}inbound-port-exclusion-list`,
  outboundRangeExclusions: `${annotationPrefix}outbound-ip-range-exclusion-list`,
  outboundRangeInclusions: `${annotationPrefix}outbound-ip-range-inclusion-list`,
} as const

/**
 * Reads what a pod's annotations say; lists that they leave out are empty, other programs' annotations are ignored.
 * @throws HarnessError (`input`) naming annotation, value and reason. Up to 1.0.0 OSM admitted such a pod without its
 * exclusion, from 1.1.0 it rejects the pod.
 */
export function readAnnotations(podAnnotations: Readonly<Record<string, string>>) {
  const reading = new Reading()
  for (const [name, value] of Object.entries(podAnnotations)) reading.of(() => checkName(name, value))
  const list = <Entry>(name: keyof typeof annotations, check: (text: string) => Entry): Entry[] =>
    reading.of(() => readCommaList(annotations[name], podAnnotations[annotations[name]], check))
  const read = {
    outboundPortExclusions: list('outboundPortExclusions', readPort),
    inboundPortExclusions: list('inboundPortExclusions', readPort),
    outboundRangeExclusions: list('outboundRangeExclusions', checkRange),
    outboundRangeInclusions: list('outboundRangeInclusions', checkRange),
  }
  reading.end()
  return read
}

function checkName(name: string, value: unknown): void {
  if (!name.startsWith(annotationPrefix) || unrelatedAnnotations.has(name.slice(annotationPrefix.length))) return
  const known: readonly string[] = Object.values(annotations)
  if (known.includes(name)) return
  const hint = didYouMean(name, known)
  throw inputError(name, `OSM has no such annotation (value ${show(value)})`, hint)
}
