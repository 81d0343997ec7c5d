import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import type { BuildRequest } from '../mesh.ts'
import { annotationNames } from './annotation-names.ts'
import { type PodSettings, readAnnotations } from './annotations.ts'
import { type MeshSettings, readConfig } from './config.ts'
import type { Mode } from './options.ts'
import { readProxyConfig } from './proxy-config.ts'
import type { Release } from './releases.ts'

/** What mesh and pod say together: checked, and ready for whoever applies the rules. */
export interface Settings {
  mesh: MeshSettings
  pod: PodSettings
  mode: Mode
  metadata: Readonly<Record<string, string>>
}

/**
 * Reads what mesh config and pod annotations say.
 * @throws HarnessError (`input`) naming option, value and reason.
 */
export function readSettings(
  release: Release,
  { config, podAnnotations }: Pick<BuildRequest, 'config' | 'podAnnotations'>,
): Settings {
  const reading = new Reading()
  const mesh = reading.of(() => readConfig(release, config))
  reading.of(() => requirePlugin(release, config['cni']))
  const pod = reading.of(() => readAnnotations(release, podAnnotations))
  const proxyConfig = reading.of(() => readProxyConfig(release, podAnnotations[annotationNames.proxyConfig]))
  reading.end()
  return {
    mesh,
    pod,
    mode: modeOf(pod, proxyConfig.interceptionMode, mesh),
    // Key by key (mergeMap in pkg/config/mesh); all else of an annotation replaces what the mesh says.
    metadata: { ...mesh.proxyMetadata, ...proxyConfig.proxyMetadata },
  }
}

function requirePlugin(release: Release, cni: unknown): void {
  if (cni !== true || release !== '1.5') return
  throw inputError(
    'cni',
    'the CNI plugin of 1.5 is a script of another repository, and is not built in',
    'nearest is istio@1.17',
  )
}

/** In a ProxyConfig REDIRECT is protobuf's zero: merged into another one it is as good as absent. */
function modeOf({ interceptionMode }: PodSettings, proxyConfig: Mode | undefined, mesh: MeshSettings): Mode {
  if (interceptionMode !== undefined) return interceptionMode as Mode
  return proxyConfig === undefined || proxyConfig === 'REDIRECT' ? mesh.interceptionMode : proxyConfig
}
