import { inputError } from '../../core/errors.ts'
import { findMesh, isBuiltIn, meshes } from '../../mesh/index.ts'
import type { PodObject } from '../../source/kubernetes/pod-object.ts'
import type { ConfigInput } from '../options/config.ts'
import { type CapturedText, locating, nameOf, podBeside, readMeshConfig, readPod } from './kubernetes-files.ts'
import type { Chosen } from '../options/proxy.ts'
import { optional } from '../command/option.ts'

/** What the cluster says of the config that rules are made from. */
export const kubernetesOptions = {
  pod: optional(
    'FILE|-',
    'the pod as kubectl get pod -o yaml or -o json, or kubectl describe pod prints it: its annotations, addresses and init containers',
  ),
  meshconfig: optional(
    'FILE|-',
    "the mesh's config as people have it: OSM's MeshConfig; Istio's IstioOperator, Helm values, or ConfigMaps istio and istio-sidecar-injector",
  ),
}

/** A config that objects of Kubernetes say. */
export interface Configured {
  config: ConfigInput
  /** Whose config it is, where that is known. */
  mesh?: string
  /** Only the mesh's part is known, or only the pod's. */
  isPart: boolean
  ended: PodObject['ended']
  /** A line each. */
  notes: readonly string[]
}

interface Given {
  config: string | undefined
  pod: string | undefined
  meshconfig: string | undefined
}

/**
 * What `--pod` and `--meshconfig` say, beside what `--config` does.
 * @param said what `--config` says. @param captured rules that were captured: of several pods theirs is meant.
 * @throws HarnessError (`input`) where they say the same thing, and naming the file and its line or field.
 */
export async function readConfigured(
  given: Given,
  said: ConfigInput,
  captured: CapturedText | undefined,
): Promise<Configured> {
  const meshconfig = given.meshconfig === undefined ? undefined : await readMeshConfig(given.meshconfig)
  if (meshconfig !== undefined && Object.keys(said.config).length > 0)
    throw inputError('--meshconfig', "--config says the mesh's config already", 'leave one of both out')
  const pod =
    given.pod !== undefined
      ? await readPod(given.pod, captured)
      : meshconfig !== undefined && captured !== undefined
        ? await podBeside(captured)
        : undefined
  if (given.pod !== undefined && Object.keys(said.podAnnotations).length > 0)
    throw inputError('--pod', "--config says the pod's annotations already", 'leave one of both out')
  const mesh = meshconfig?.mesh ?? said.mesh
  const own = { ...said.config, ...meshconfig?.config }
  const isMeshSaid = given.config !== undefined || meshconfig !== undefined
  const isPodSaid = given.config !== undefined || pod !== undefined
  const annotations = pod?.annotations ?? said.podAnnotations
  return {
    config: {
      ...said,
      config: { ...(pod && configOfPod(pod)), ...own },
      podAnnotations: annotations,
      ...(said.podIPs === undefined && pod !== undefined && pod.podIPs.length > 0 && { podIPs: [...pod.podIPs] }),
    },
    ...(mesh !== undefined && { mesh }),
    isPart: !isMeshSaid || !isPodSaid,
    ended: given.pod === undefined ? [] : (pod?.ended ?? []),
    notes: [
      ...(pod === undefined ? [] : [podLine(pod)]),
      ...(isMeshSaid || given.pod === undefined
        ? []
        : [
            "assumed: nothing of the mesh's config: what it excludes beside the pod's annotations is not looked for; give it with --meshconfig",
          ]),
      ...(isPodSaid || meshconfig === undefined
        ? []
        : ["assumed: nothing of the pod's annotations: what they exclude is not looked for; give the pod with --pod"]),
    ],
  }
}

const configOfPod = ({ containers }: PodObject): Record<string, unknown> =>
  Object.assign({}, ...[...meshes.values()].map((mesh) => mesh.configOfPod?.(containers))) as Record<string, unknown>

function podLine({ name, annotations }: PodObject): string {
  const count = Object.keys(annotations).length
  return `config: with ${count === 0 ? 'no annotations' : count === 1 ? 'the annotation' : `the ${count} annotations`} of ${name === '' ? 'the pod' : `pod ${name}`}`
}

/** Checks the config where its file is known. @throws HarnessError (`input`) naming the file and the field. */
export function checkConfigured({ meshconfig }: Given, { config }: Configured, { profile }: Chosen): void {
  if (meshconfig === undefined) return
  const mesh = findMesh(profile.mesh)
  if (!isBuiltIn(mesh)) return
  locating(nameOf(meshconfig), () => mesh.validate(profile.release, { config: config.config, podAnnotations: {} }))
}

/** @throws HarnessError (`input`) if the config is another mesh's than the rules are. */
export function requireSameMesh({ mesh }: Configured, { profile }: Chosen): void {
  if (mesh === undefined || mesh === profile.mesh) return
  const [said, made] = [findMesh(mesh).title, findMesh(profile.mesh).title]
  throw inputError(
    '--meshconfig',
    `is ${said}'s, and these rules are ${made}'s`,
    'give the config that they are made from',
  )
}
