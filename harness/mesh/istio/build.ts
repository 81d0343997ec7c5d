import { type Family, familyOf } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import type { BuildRequest } from '../mesh.ts'
import { annotationNames } from './annotation-names.ts'
import type { Arguments } from './arguments.ts'
import { cniArguments } from './cni-arguments.ts'
import { generate } from './generate.ts'
import { initArguments } from './init-arguments.ts'
import { requireGenerated } from './limits.ts'
import type { Release } from './releases.ts'
import { readSettings, type Settings } from './settings.ts'

export type Request = Pick<BuildRequest, 'config' | 'podAnnotations'>

/** The payload that this release loads into a pod; empty where it makes no rules for this family. */
export function buildPayload(release: Release, request: BuildRequest): string {
  const settings = readSettings(release, request)
  const args = argumentsOf(release, settings)
  if (args === undefined || !familiesOf(args, request.podIPs, request.family).includes(request.family)) return ''
  return generate(release, args, request.family, settings.mesh.dnsServers)
}

/**
 * What istio-iptables is told for these settings, by the init container or by the CNI plugin. @returns undefined if it
 * is not run.
 * @throws HarnessError (`input`) naming option, value and reason, if the plugin would refuse the pod or istio-iptables
 * end with an error.
 */
export function argumentsOf(release: Release, settings: Settings): Arguments | undefined {
  const { mesh, pod, mode } = settings
  if (mode === 'NONE') {
    if (!mesh.cni || release !== '1.31') return undefined
    const option = pod.interceptionMode === undefined ? 'interceptionMode' : annotationNames.interceptionMode
    throw inputError(option, 'the CNI plugin of 1.31 knows REDIRECT and TPROXY alone: no pod starts with "NONE"')
  }
  const args = mesh.cni ? cniArguments(release, mode, settings) : initArguments(release, mode, settings)
  requireGenerated(release, args, settings)
  return args
}

/**
 * The families that get rules. The kernel lists a pod's IPv4 addresses first, and istio-iptables looks at the first one
 * alone unless dual stack is on (getLocalIP in tools/common/config), whichever is the pod's primary one.
 * @param asked where no address of the pod's is known, the family that somebody asks for all the same.
 */
export function familiesOf(
  { dualStack }: Pick<Arguments, 'dualStack'>,
  podIPs: readonly string[],
  asked: Family = 'ipv4',
): Family[] {
  const has = (family: Family): boolean =>
    podIPs.length === 0 ? asked === family : podIPs.some((address) => familyOf(address) === family)
  return has('ipv6') && (dualStack || !has('ipv4')) ? ['ipv4', 'ipv6'] : ['ipv4']
}
