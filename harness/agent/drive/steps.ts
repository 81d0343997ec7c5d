import { probePorts } from '../pod/sysctls.ts'
import type { FlowPlan } from '../protocol.ts'
import type { Sent } from './step.ts'

/** Flows that are under way together: as many as listen backlogs and socket buffers hold without loss. */
const flowsInAStep = 64

const wildcard = { ipv4: '0.0.0.0', ipv6: '::' } as const

/**
 * Gives every flow its source and cuts the list into steps. A flow with a source port of its own goes alone, so that a port
 * says which flow it is; the others get ports that no other flow of this pod ever has, since connection tracking
 * remembers.
 */
export function cutIntoSteps(flows: readonly FlowPlan[]): Sent[][] {
  const taken = new Set(flows.map(({ source }) => source?.port))
  let next = probePorts.first
  const nextPort = (): number => {
    while (taken.has(next)) next += 1
    if (next > probePorts.last) throw new RangeError(`a pod takes at most ${probePorts.last - probePorts.first} flows`)
    next += 1
    return next - 1
  }
  const steps: Sent[][] = []
  let current: Sent[] = []
  flows.forEach((plan, key) => {
    const source = { address: plan.source?.address ?? wildcard[plan.family], port: plan.source?.port ?? nextPort() }
    const sent = { key, plan, source }
    if (plan.source?.port !== undefined) return void steps.push([sent])
    if (current.length === 0 || current.length === flowsInAStep) {
      current = []
      steps.push(current)
    }
    current.push(sent)
  })
  return steps
}
