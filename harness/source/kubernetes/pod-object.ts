import type { PodContainer } from '../../mesh/mesh.ts'
import type { Ended } from '../capture/pods/ended.ts'

/** What a pod of Kubernetes says about the interception of its traffic. */
export interface PodObject {
  /** Where it has one. */
  name: string
  annotations: Readonly<Record<string, string>>
  /** Its addresses, the primary one first; empty before it has any. */
  podIPs: readonly string[]
  ended: readonly Ended[]
  containers: readonly PodContainer[]
  /** Lines of the file, from 1, both included. */
  first: number
  last: number
}
