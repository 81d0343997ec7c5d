import type { Family } from '../../core/address.ts'
import type { Witnessed } from './witness-pod.ts'

/**
 * Whether what was seen says nothing of the machine that captured rules are from: the pod here drops what that machine
 * may forward.
 * @param mayForward families of which it is not known whether it does.
 */
export function isOfOurPod(
  { flow, prediction, result }: Pick<Witnessed, 'flow' | 'prediction' | 'result'>,
  mayForward: readonly Family[] = [],
): boolean {
  if (!('unknown' in prediction)) return false
  if (prediction.isOfSurroundings) return true
  // Where nat leaves it to chance, the model does not say how far it gets.
  const isDropped = 'observed' in result && result.observed.verdict === 'dropped'
  return isDropped && flow.origin.kind !== 'pod' && mayForward.includes(flow.family)
}
