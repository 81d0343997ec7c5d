import { familyOf } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import { describedPods } from '../capture/pods/described.ts'
import { indentationOf, type Line } from '../capture/text/line.ts'
import type { PodObject } from './pod-object.ts'

/** What kubectl puts behind a value that it cuts: its annotations are at most 140 characters wide (describe.go). */
const cutAt = 130

/**
 * The pods that `kubectl describe pod` shows.
 * @param name what the text is called in messages.
 * @throws HarnessError (`input`) with the line of an annotation about interception that kubectl has cut.
 */
export function describedObjects(lines: readonly Line[], name: string): PodObject[] {
  if (!lines.some(({ text }) => /^[ \t]*(?:Init )?Containers:[ \t]*$|^[ \t]*Annotations:/.test(text))) return []
  const starts = lines.flatMap(({ text }, index) => (/^[ \t]{0,8}Name:[ \t]+\S/.test(text) ? [index] : []))
  const own = starts.filter(
    (start) => indentationOf(lines[start]?.text ?? '') === indentationOf(lines[starts[0] ?? 0]?.text ?? ''),
  )
  // What was cut out of a description has no name.
  const begins = own.length === 0 ? [0] : own
  return begins.map((start, index) => objectOf(lines.slice(start, begins[index + 1]), name))
}

function objectOf(lines: readonly Line[], name: string): PodObject {
  const value = (field: RegExp): string[] => lines.flatMap(({ text }) => field.exec(text)?.[1] ?? [])
  const pods = describedPods(lines)
  const containers = pods.flatMap((pod) => pod.containers)
  const addresses = value(/^[ \t]*IP:[ \t]+(\S+)/).filter((address) => familyOf(address) !== undefined)
  return {
    name: value(/^[ \t]*Name:[ \t]+(\S+)/)[0] ?? '',
    annotations: annotationsIn(lines, name),
    podIPs: [...new Set(addresses)],
    ended: containers.flatMap(({ name: own, ended }) => (ended === undefined ? [] : [{ name: own, ...ended }])),
    containers: containers.map((container) => ({ name: container.name })),
    first: lines[0]?.number ?? 1,
    last: lines.at(-1)?.number ?? 1,
  }
}

/** `key: value` a line (`key=value` up to kubectl 1.10); a long value stands on lines of its own below. */
function annotationsIn(lines: readonly Line[], name: string): Record<string, string> {
  const heading = lines.findIndex(({ text }) => /^[ \t]*Annotations:/.test(text))
  const [, before = '', first = ''] = /^([ \t]*Annotations:[ \t]*)(.*)$/.exec(lines[heading]?.text ?? '') ?? []
  if (heading < 0 || first === '<none>') return {}
  const annotations: Record<string, string> = {}
  const depth = indentationOf(lines[heading]?.text ?? '')
  const column = before.length
  let key: string | undefined
  for (const [index, { text, number }] of lines.slice(heading).entries()) {
    if (index > 0 && (text.trim() === '' || indentationOf(text) <= depth)) break
    const own = index === 0 ? first : text.trim()
    const isBelow = key !== undefined && indentationOf(text) > column && index > 0
    const [, found, value = ''] = isBelow ? [] : (/^([\w./-]+)(?::(?:\s+|$)|=)(.*)$/.exec(own) ?? [])
    if (found === undefined && key === undefined) continue
    key = found ?? key ?? ''
    const all =
      found === undefined && annotations[key] ? `${annotations[key]}\n${own}` : found === undefined ? own : value
    if (isAboutInterception(key) && own.length > cutAt && own.endsWith('...'))
      throw inputError(
        `${name}:${number}`,
        `kubectl describe has cut the annotation ${key}`,
        'give the pod as kubectl get pod -o yaml prints it',
      )
    annotations[key] = all
  }
  return annotations
}

/** `sidecar.istio.io/status` says what the injector has added, and is long. */
const isAboutInterception = (key: string): boolean =>
  /(?:^|\.)(?:istio\.io|openservicemesh\.io)\//.test(key) && key !== 'sidecar.istio.io/status'
