import type { Family } from '../../core/address.ts'
import type { CapturedPod } from '../../flow/captured-pod.ts'
import { capturedShape } from '../../run/plan/captured-shape.ts'
import type { RuleSource } from '../../source/rules/source.ts'
import type { ConfigInput } from './config.ts'

/**
 * The pod that a captured text shows around its rules, with the config that has its addresses. A config that names
 * addresses itself says what the pod is like.
 */
export function capturedPodOf<C extends Pick<ConfigInput, 'podIPs'>>(
  config: C,
  { capture }: RuleSource,
): { config: C; captured?: CapturedPod } {
  const shape = config.podIPs === undefined && capture !== undefined ? capturedShape(capture.pod) : undefined
  return shape === undefined || capture === undefined
    ? { config }
    : { config: { ...config, podIPs: shape.podIPs }, captured: capture.pod }
}

/** Of these families, those by which something is sent where the text was captured. */
export function sentFamilies(
  families: readonly Family[],
  { capture }: RuleSource,
): { families: readonly Family[]; notes: string[] } {
  const name = 'net.ipv6.conf.all.disable_ipv6'
  const isOff = capture?.pod.sysctls.get(name) === '1' && families.includes('ipv4') && families.includes('ipv6')
  return isOff
    ? {
        families: ['ipv4'],
        notes: [`left out: IPv6, since the capture has ${name} = 1, so that nothing is sent by it`],
      }
    : { families, notes: [] }
}
