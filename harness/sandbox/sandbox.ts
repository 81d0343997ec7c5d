import type { HelloResult, Method, Methods } from '../agent/protocol.ts'

/** Where the sandbox is, and what it has. */
export interface SandboxInfo extends HelloResult {
  id: string
  kind: 'namespaces' | 'container'
  /** The image whose iptables applies the rules. */
  image: string | null
  /** What pods are made of, where that is another one: it is the mesh's init container then that applies them. */
  podImage?: string
  rootless: boolean
}

/** Where pods live. Nothing above this interface knows which kind it is. */
export interface Sandbox extends AsyncDisposable {
  readonly info: SandboxInfo
  /** @throws HarnessError */
  ask<M extends Method>(method: M, params: Methods[M]['params']): Promise<Methods[M]['result']>
  /**
   * The words that start a program as root inside a pod, and as a process of the caller's, to be put before the program's own.
   * Absent where this kind of sandbox has no such way in.
   */
  entrance?(pod: string): readonly string[]
}
