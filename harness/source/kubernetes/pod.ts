import { familyOf } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import { shown } from '../../input/fields.ts'
import type { PodContainer } from '../../mesh/mesh.ts'
import type { Ended } from '../capture/pods/ended.ts'
import type { Line } from '../capture/text/line.ts'
import { describedObjects } from './described.ts'
import { at, isRecord, type KubernetesObject, readObjects } from './objects.ts'
import type { PodObject } from './pod-object.ts'

/**
 * The pods that a text shows: YAML or JSON of pods, of a `List`, or of what has a pod's template; or what
 * `kubectl describe pod` prints.
 * @param name what the text is called in messages.
 * @throws HarnessError (`input`) with the line of what cannot be read.
 */
export function podsOf(lines: readonly Line[], name: string): PodObject[] {
  const described = describedObjects(lines, name)
  return described.length > 0 ? described : readObjects(lines, name).flatMap((object) => podOf(object, name) ?? [])
}

function podOf({ value, first, last }: KubernetesObject, name: string): PodObject | undefined {
  const template = at(value, 'spec', 'jobTemplate', 'spec', 'template') ?? at(value, 'spec', 'template')
  const isPod = value['kind'] === 'Pod' || (value['kind'] === undefined && isRecord(at(value, 'spec')))
  const pod = isRecord(template) ? template : isPod ? value : undefined
  if (pod === undefined) return undefined
  const where = `${name}:${first}`
  return {
    name: textAt(pod, 'metadata', 'name') ?? textAt(value, 'metadata', 'name') ?? '',
    annotations: annotationsOf(at(pod, 'metadata', 'annotations'), where),
    podIPs: addressesOf(pod, where),
    ended: listAt(pod, 'status', 'initContainerStatuses').flatMap(endOf),
    containers: ['initContainers', 'containers'].flatMap((kind) => listAt(pod, 'spec', kind).map(containerOf)),
    first,
    last,
  }
}

function containerOf(container: unknown): PodContainer {
  const number = (field: string): number | undefined => {
    const id = at(container, 'securityContext', field)
    return typeof id === 'number' ? id : undefined
  }
  const [runAsUser, runAsGroup] = [number('runAsUser'), number('runAsGroup')]
  return {
    name: textAt(container, 'name') ?? '',
    ...(runAsUser !== undefined && { runAsUser }),
    ...(runAsGroup !== undefined && { runAsGroup }),
  }
}

const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

const listAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The API server takes texts alone; a file that nobody has applied may have others. */
function annotationsOf(value: unknown, where: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw inputError(where, `metadata.annotations: ${shown(value)} is no object`)
  for (const [name, one] of Object.entries(value))
    if (typeof one !== 'string')
      throw inputError(
        where,
        `metadata.annotations.${name}: ${shown(one)} is no text`,
        `write "${String(one)}" in quotes`,
      )
  return value as Readonly<Record<string, string>>
}

function addressesOf(pod: unknown, where: string): string[] {
  const all = listAt(pod, 'status', 'podIPs').map((one) => at(one, 'ip'))
  const own = all.length > 0 ? all : [at(pod, 'status', 'podIP')]
  return own.flatMap((ip) => {
    if (ip === undefined || ip === '') return []
    if (typeof ip === 'string' && familyOf(ip) !== undefined) return ip
    throw inputError(where, `status.podIPs: ${shown(ip)} is not an IP address`)
  })
}

/**
 * A container that ran to its end, or did before it was started again. One that runs, as native sidecars do, or has not
 * been started, says nothing.
 */
function endOf(status: unknown): Ended[] {
  const name = textAt(status, 'name') ?? ''
  const terminated =
    at(status, 'state', 'terminated') ??
    (at(status, 'state', 'waiting') === undefined ? undefined : at(status, 'lastState', 'terminated'))
  const exitCode = at(terminated, 'exitCode')
  const reason = textAt(terminated, 'reason') ?? ''
  return typeof exitCode === 'number' ? [{ name, exitCode, reason }] : []
}
