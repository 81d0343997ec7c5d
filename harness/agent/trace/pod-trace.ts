import type { Backend } from '../../flow/backend.ts'
import { SystemCallError } from '../../sys/libc/libc.ts'
import { inNamespace } from '../../sys/namespaces/network-namespace.ts'
import { LegacyTrace } from './legacy-trace.ts'
import { NftTrace } from './nft-trace.ts'
import type { Trace } from './traced.ts'
import { makeTrigger } from './trigger.ts'

/**
 * Traces which rules the first packets of a pod's connections match. The pod's own tables are not touched.
 * @returns why this kernel cannot, if it cannot.
 */
export function openTrace(namespaceFd: number, backend: Backend): Trace {
  try {
    const trace = backend === 'nft' ? new NftTrace(namespaceFd) : new LegacyTrace(namespaceFd)
    inNamespace(namespaceFd, makeTrigger)
    return trace
  } catch (error) {
    if (error instanceof SystemCallError) return { untraced: error.message }
    throw error
  }
}
