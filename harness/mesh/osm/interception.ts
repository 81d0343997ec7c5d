import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import type { BuildRequest } from '../mesh.ts'
import { show } from '../show.ts'
import { annotations, readAnnotations } from './annotations.ts'
import { union } from './lists.ts'
import { readMeshConfig } from './mesh-config.ts'
import type { Interception } from './options.ts'
import type { Era } from './releases.ts'

type Request = Pick<BuildRequest, 'config' | 'podAnnotations'>

/**
 * Reads and merges what mesh config and pod annotations say about interception: lists are united without repeats, ports
 * the mesh's first, IP ranges the pod's first. A pod can widen, never narrow.
 * @throws HarnessError (`input`) naming option, value and reason, also for an option that the release does not have
 * yet, unless it says what is the default anyway.
 */
export function readInterception(era: Era, { config, podAnnotations }: Request): Interception {
  const reading = new Reading()
  const mesh = reading.of(() => readMeshConfig(config))
  const pod = reading.of(() => readAnnotations(podAnnotations))
  reading.end()
  const requireDefault = (...[option, value, since]: Parameters<typeof checkDefault>) =>
    reading.of(() => checkDefault(option, value, since))
  if (era !== 'I') {
    requireDefault('outboundIPRangeInclusionList', mesh.outboundIPRangeInclusionList, '1.1.0')
    requireDefault('networkInterfaceExclusionList', mesh.networkInterfaceExclusionList, '1.1.1')
    requireDefault('localProxyMode', mesh.localProxyMode, '1.1.1')
    requireDefault(annotations.outboundRangeExclusions, pod.outboundRangeExclusions, '1.1.0')
    requireDefault(annotations.outboundRangeInclusions, pod.outboundRangeInclusions, '1.1.0')
    reading.end()
  }
  return {
    outboundPortExclusions: union(mesh.outboundPortExclusionList, pod.outboundPortExclusions),
    inboundPortExclusions: union(mesh.inboundPortExclusionList, pod.inboundPortExclusions),
    outboundRangeExclusions: union(pod.outboundRangeExclusions, mesh.outboundIPRangeExclusionList),
    outboundRangeInclusions: union(pod.outboundRangeInclusions, mesh.outboundIPRangeInclusionList),
    interfaceExclusions: union(mesh.networkInterfaceExclusionList, []),
    localProxyMode: mesh.localProxyMode,
  }
}

function checkDefault(option: string, value: readonly unknown[] | 'Localhost' | 'PodIP', since: string): void {
  if (value === 'Localhost' || value.length === 0) return
  throw inputError(
    option,
    `OSM has this option from ${since} on, and these rules are of an older release (value ${show(value)})`,
    'leave it out, or take osm@1.2',
  )
}
