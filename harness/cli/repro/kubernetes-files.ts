import { asHarnessError, HarnessError, inputError } from '../../core/errors.ts'
import { findMesh, meshes } from '../../mesh/index.ts'
import type { Capture } from '../../source/capture/capture.ts'
import type { Line } from '../../source/capture/text/line.ts'
import type { PodObject } from '../../source/kubernetes/pod-object.ts'
import { readBytes } from '../../sys/files/read-text.ts'
import { fromCaller } from '../command/caller.ts'

/** A captured text that may show its pod as well. */
export interface CapturedText {
  capture: Pick<Capture, 'firstLine'> & { name: string }
  text: string
}

async function linesOf(file: string): Promise<Line[]> {
  const { objectLines } = await import('../../source/kubernetes/lines.ts')
  const name = nameOf(file)
  return objectLines(readBytes(file === '-' ? '/dev/stdin' : fromCaller(file), name), name)
}

export const nameOf = (file: string): string => (file === '-' ? 'standard input' : file)

/**
 * The pod that `--pod FILE` shows.
 * @param captured rules that were captured: where they stand in the same text, their pod is meant.
 * @throws HarnessError (`input`) naming the file and its line, or if it shows none, or several.
 */
export async function readPod(pod: string, captured: CapturedText | undefined): Promise<PodObject> {
  const { podsOf } = await import('../../source/kubernetes/pod.ts')
  const name = nameOf(pod)
  const isSame = captured?.capture.name === name
  const pods = podsOf(
    isSame ? (await import('../../source/kubernetes/lines.ts')).objectLines(captured.text, name) : await linesOf(pod),
    name,
  )
  const [only, ...others] = pods
  if (only === undefined)
    throw inputError(
      name,
      'shows no pod',
      'give what kubectl get pod NAME -o yaml, or kubectl describe pod NAME, prints',
    )
  if (others.length === 0) return only
  const own = isSame ? around(pods, captured.capture.firstLine) : undefined
  if (own !== undefined) return own
  throw inputError(
    name,
    `shows ${pods.length} pods: ${pods
      .slice(0, 5)
      .map((each) => each.name || 'one without a name')
      .join(', ')}${pods.length > 5 ? ', …' : ''}`,
    'keep the one whose rules they are',
  )
}

/** The pod in a text of rules, where there is one: whose rules it shows. */
export async function podBeside({ capture, text }: CapturedText): Promise<PodObject | undefined> {
  if (!/^[^\S\n]*(?:Init Containers:|Annotations:)|\binitContainers\b/m.test(text)) return undefined
  const { podsOf } = await import('../../source/kubernetes/pod.ts')
  const { objectLines } = await import('../../source/kubernetes/lines.ts')
  return around(podsOf(objectLines(text, capture.name), capture.name), capture.firstLine)
}

const around = (pods: readonly PodObject[], line: number): PodObject | undefined =>
  pods.find(({ first, last }) => first <= line && line <= last)

/**
 * The config that `--meshconfig FILE` holds, and whose it is.
 * @throws HarnessError (`input`) naming the file and its line or field.
 */
export async function readMeshConfig(file: string): Promise<{ mesh: string; config: Record<string, unknown> }> {
  const { readObjects } = await import('../../source/kubernetes/objects.ts')
  const name = nameOf(file)
  const objects = readObjects(await linesOf(file), name)
  let mesh: string | undefined
  const config: Record<string, unknown> = {}
  for (const { value, first } of objects)
    for (const candidate of meshes.values()) {
      const found = locating(`${name}:${first}`, () => candidate.configOf?.(value))
      if (found === undefined) continue
      if (mesh !== undefined && mesh !== candidate.name)
        throw inputError(
          name,
          `holds configs of two meshes, ${findMesh(mesh).title} and ${candidate.title}`,
          'keep one',
        )
      mesh = candidate.name
      for (const [field, said] of Object.entries(found)) {
        if (field in config && JSON.stringify(config[field]) !== JSON.stringify(said))
          throw inputError(
            `${name}:${first}`,
            `says ${field} once more, and something else`,
            'keep one of both objects',
          )
        config[field] = said
      }
    }
  if (mesh !== undefined) return { mesh, config }
  const kinds = objects.map(({ value }) => String(value['kind'] ?? 'an object without a kind')).slice(0, 3)
  throw inputError(
    name,
    objects.length === 0 ? 'holds no object in YAML or JSON' : `holds no config of a mesh, but ${kinds.join(', ')}`,
    "give OSM's MeshConfig (kubectl get meshconfig -n osm-system -o yaml), or Istio's IstioOperator, Helm values or ConfigMaps",
  )
}

/** Puts the place in front of what is wrong there. */
export function locating<T>(where: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    const { fault, message, hint } = asHarnessError(thrown)
    if (fault !== 'input') throw thrown
    const lines = message.split('\n').map((line) => `${where}: ${line}`)
    throw new HarnessError(fault, lines.join('\n'), { cause: thrown, ...(hint !== undefined && { hint }) })
  }
}
