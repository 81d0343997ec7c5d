import { inputError } from '../../core/errors.ts'
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
export function readSettings(release: Release, { config, podAnnotations }: Pick<BuildRequest, 'config' | 'podAnnotations'>): Settings {
  const mesh = readConfig(release, config)
  if (mesh.cni && release === '1.5')
    throw inputError('cni', 'the CNI plugin of 1.5 is a script of another repository, and is not built in', 'nearest is istio@1.17')
  const pod = readAnnotations(release, podAnnotations)
  const proxyConfig = readProxyConfig(release, podAnnotations[annotationNames.proxyConfig])
  return {
    mesh,
    pod,
    mode: modeOf(pod, proxyConfig.interceptionMode, mesh),
    // Key by key (mergeMap in pkg/config/mesh); all else of an annotation replaces what the mesh says.
    metadata: { ...mesh.proxyMetadata, ...proxyConfig.proxyMetadata },
  }
}

/** In a ProxyConfig REDIRECT is protobuf's zero: merged into another one it is as good as absent. */
function modeOf({ interceptionMode }: PodSettings, proxyConfig: Mode | undefined, mesh: MeshSettings): Mode {
  if (interceptionMode !== undefined) return interceptionMode as Mode
  return proxyConfig === undefined || proxyConfig === 'REDIRECT' ? mesh.interceptionMode : proxyConfig
}
