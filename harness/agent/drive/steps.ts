import { wildcardAddresses } from '../../core/address.ts'
import type { DrivenFlow } from '../protocol.ts'
import type { Sent } from './step.ts'

/** Flows that are under way together: as many as listen backlogs and socket buffers hold without loss. */
export const flowsInAStep = 64

/**
 * Cuts the list of flows into steps. A flow with a source port of its own choice goes alone, so that a port says which flow it is.
 * @param most how many flows a step may have, if that is fewer than would fit.
 */
export function cutIntoSteps(flows: readonly DrivenFlow[], most = flowsInAStep): Sent[][] {
  const size = Math.min(most, flowsInAStep)
  const steps: Sent[][] = []
  let current: Sent[] = []
  flows.forEach((plan, key) => {
    const source = { address: plan.source.address ?? wildcardAddresses[plan.family], port: plan.source.port }
    const sent = { key, plan, source }
    if (plan.alone) return void steps.push([sent])
    if (current.length === 0 || current.length === size) {
      current = []
      steps.push(current)
    }
    current.push(sent)
  })
  return steps
}
