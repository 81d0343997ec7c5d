import { inputError } from '../../core/errors.ts'
import { Reading } from '../../input/all-at-once.ts'
import { show } from '../show.ts'
import { annotationNames } from './annotation-names.ts'
import type { PodSettings } from './annotations.ts'
import type { Arguments } from './arguments.ts'
import { type Check, interfaces, portsOrAll, ranges, rangesOrAll } from './checks.ts'
import type { MeshSettings } from './config.ts'
import { excludedInbound } from './excluded-inbound.ts'
import { isTrue } from './go-values.ts'
import type { Release } from './releases.ts'
import type { Settings } from './settings.ts'

/** What the plugin reads: annotations, the pod's own and those that the injector adds for it. */
type Annotations = Omit<PodSettings, 'interceptionMode' | 'statusPort'>

/** What the plugin looks at before it does anything (annotationRegistry in cni/pkg/plugin). */
const checks: Readonly<Record<keyof Annotations, Check>> = {
  includeOutboundIPRanges: rangesOrAll,
  excludeOutboundIPRanges: ranges,
  includeInboundPorts: portsOrAll,
  excludeInboundPorts: portsOrAll,
  includeOutboundPorts: portsOrAll,
  excludeOutboundPorts: portsOrAll,
  excludeInterfaces: interfaces,
  kubevirtInterfaces: interfaces,
  rerouteVirtualInterfaces: interfaces,
}

/**
 * What the CNI plugin makes of a pod (NewRedirect in cni/pkg/plugin, Program beside it). Owner groups and the loopback
 * range it never reads, and DNS it captures whatever the server.
 * @throws HarnessError (`input`) if the plugin would refuse the pod: what Helm's values say is looked at by it as well.
 */
export function cniArguments(release: Release, mode: Arguments['mode'], { mesh, pod, metadata }: Settings): Arguments {
  const annotations = injected(release, mesh, pod)
  const reading = new Reading()
  for (const [key, check] of Object.entries(checks))
    reading.of(() => checkOne(release, key as keyof Annotations, check, annotations, pod))
  const ids = reading.of(() => proxyIds(release, mesh))
  reading.end()
  const redirectDNS = isTrue(metadata['ISTIO_META_DNS_CAPTURE'])
  return {
    mode,
    ...ids,
    includeInboundPorts: annotations.includeInboundPorts ?? '*',
    excludeInboundPorts: [
      ...new Set(`${withComma((annotations.excludeInboundPorts ?? '15020').trim())}15020,15021,15090`.split(',')),
    ].join(','),
    includeOutboundRanges: annotations.includeOutboundIPRanges ?? '*',
    excludeOutboundRanges: annotations.excludeOutboundIPRanges ?? '',
    includeOutboundPorts: annotations.includeOutboundPorts ?? '',
    excludeOutboundPorts: annotations.excludeOutboundPorts ?? '15020',
    excludeInterfaces: annotations.excludeInterfaces ?? '',
    rerouteInterfaces: annotations.rerouteVirtualInterfaces ?? annotations.kubevirtInterfaces ?? '',
    redirectDNS,
    captureAllDNS: redirectDNS,
    dropInvalid: isTrue(metadata['INVALID_DROP']),
    dualStack: release === '1.31' && isTrue(metadata['ISTIO_DUAL_STACK']),
    ownerGroups: '*',
    excludeOwnerGroups: '',
    loopbackRange: '127.0.0.1/32',
  }
}

/**
 * The pod's annotations after injection: what Helm says is added where it says anything (1.31: includeInboundPorts
 * always).
 */
function injected(release: Release, mesh: MeshSettings, pod: PodSettings): Annotations {
  const { interceptionMode: _mode, statusPort: _port, ...own } = pod
  const added = {
    includeOutboundIPRanges: mesh.includeIPRanges,
    excludeOutboundIPRanges: mesh.excludeIPRanges,
    includeInboundPorts: mesh.includeInboundPorts,
    includeOutboundPorts: mesh.includeOutboundPorts,
    excludeOutboundPorts: mesh.excludeOutboundPorts,
  }
  const isSaid = ([key, value]: [string, string]) =>
    value !== '' || (release === '1.31' && key === 'includeInboundPorts')
  return {
    ...Object.fromEntries(Object.entries(added).filter(isSaid)),
    ...own,
    excludeInboundPorts: excludedInbound(mesh, pod),
  }
}

function checkOne(
  release: Release,
  key: keyof Annotations,
  check: Check,
  annotations: Annotations,
  pod: PodSettings,
): void {
  const value = annotations[key]
  const problem = value === undefined ? undefined : check(value, release)
  if (problem === undefined) return
  const helm =
    { includeOutboundIPRanges: 'includeIPRanges', excludeOutboundIPRanges: 'excludeIPRanges' }[key as string] ?? key
  throw inputError(pod[key] === undefined ? helm : annotationNames[key], `the CNI plugin refuses it: ${problem}`)
}

/** A list that ends in a comma gets no second one. */
const withComma = (list: string): string => (list === '' || list.endsWith(',') ? list : `${list},`)

/** 1.31 takes them from the container istio-proxy, and root for nothing; 1.17 knows no others than 1337. */
function proxyIds(release: Release, { proxyUID = '1337', proxyGID = '1337' }: MeshSettings) {
  for (const [option, id] of Object.entries({ proxyUID, proxyGID })) {
    if (id.includes(',')) throw inputError(option, `${show(id)} is a list, and the CNI plugin reads one ID`)
    if (release === '1.17' && id !== '1337')
      throw inputError(option, `${show(id)} is not 1337, and the CNI plugin of 1.17 knows no other`)
  }
  const orDefault = (id: string): string => (Number(id) === 0 ? '1337' : String(Number(id)))
  return { proxyUIDs: orDefault(proxyUID), proxyGIDs: orDefault(proxyGID) }
}
