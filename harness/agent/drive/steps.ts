import { wildcardAddresses } from '../../core/address.ts'
import type { FlowPlan } from '../protocol.ts'
import type { Sent } from './step.ts'

/** Flows that are under way together: as many as listen backlogs and socket buffers hold without loss. */
export const flowsInAStep = 64

/**
 * Gives every flow its source and cuts the list into steps. A flow with a source port of its own goes alone, so that a port
 * says which flow it is; the others get ports that no other flow of this pod has ever had.
 * @param takePort gives such a port. @param most how many flows a step may have, if that is fewer than would fit.
 */
export function cutIntoSteps(flows: readonly FlowPlan[], takePort: () => number, most = flowsInAStep): Sent[][] {
  const size = Math.min(most, flowsInAStep)
  const taken = new Set(flows.map(({ source }) => source?.port))
  const freePort = (): number => {
    const port = takePort()
    return taken.has(port) ? freePort() : port
  }
  const steps: Sent[][] = []
  let current: Sent[] = []
  flows.forEach((plan, key) => {
    const source = { address: plan.source?.address ?? wildcardAddresses[plan.family], port: plan.source?.port ?? freePort() }
    const sent = { key, plan, source }
    if (plan.source?.port !== undefined) return void steps.push([sent])
    if (current.length === 0 || current.length === size) {
      current = []
      steps.push(current)
    }
    current.push(sent)
  })
  return steps
}
