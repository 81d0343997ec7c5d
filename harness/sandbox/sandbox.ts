import type { AskedVersion, HelloResult } from '../agent/protocol.ts'
import type { PodPlan } from '../flow/pod-plan.ts'
import type { Credentials } from '../flow/identity.ts'
import type { Pod } from './pod.ts'

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
  /**
   * Has a pod stand: resolves once everybody in and around it listens. It has no rules yet.
   * @throws HarnessError if it cannot; nothing is left of it then.
   */
  stand(plan: PodPlan): Promise<Pod>
  /** Resolves if the sandbox is alive. @throws HarnessError with the reason if it is gone. */
  ping(): Promise<void>
  /** The version that a program in the sandbox prints, run with these credentials. @throws HarnessError */
  version(program: string, credentials: Credentials): Promise<AskedVersion>
  /**
   * The words that start a program as root inside a pod, and as a process of the caller's, to be put before the
   * program's own. Absent where this kind of sandbox has no such way in.
   */
  entrance?(pod: string): readonly string[]
}
