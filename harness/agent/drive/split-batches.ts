import { wildcardAddresses } from '../../core/address.ts'
import type { DrivenFlow } from '../protocol.ts'
import type { Sent } from './batch.ts'

/** Flows that are under way together: as many as listen backlogs and socket buffers hold without loss. */
const largestBatch = 64

/**
 * Splits the list of flows into batches. A flow with a source port of its own choice goes alone, so that a port says
 * which flow it is; so does a raw segment.
 * @param most how many flows a batch may have, if that is fewer than would fit. @param together no two have the same
 * port.
 */
export function splitIntoBatches(flows: readonly DrivenFlow[], most = largestBatch, together = false): Sent[][] {
  const size = Math.min(most, largestBatch)
  const batches: Sent[][] = []
  let current: Sent[] = []
  flows.forEach((plan, key) => {
    const source = { address: plan.source.address ?? wildcardAddresses[plan.family], port: plan.source.port }
    const sent = { key, plan, source }
    if ((plan.alone && !together) || plan.raw !== undefined) return void batches.push([sent])
    if (current.length === 0 || current.length === size) {
      current = []
      batches.push(current)
    }
    current.push(sent)
  })
  return batches
}
