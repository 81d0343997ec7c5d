/**
 * A container that a mesh puts before a pod's others to apply its rules, by the names of Kubernetes' fields
 * (Container in the API `core/v1`).
 */
export interface InitContainer {
  name: string
  /** Empty for what the image has. */
  command: readonly string[]
  args: readonly string[]
  env: Readonly<Record<string, string>>
  securityContext: SecurityContext
  /** Its program makes the rules itself, of every family, and what goes with them: what it has loaded is read back. */
  makesRules?: true
}

/** What a container may do; what is left out is as the container runtime has it. */
interface SecurityContext {
  privileged?: boolean
  runAsUser?: number
  /** Without the prefix CAP_. */
  capabilities?: { add?: readonly string[]; drop?: readonly string[] }
}

/** How an init container has ended, as `kubectl describe pod` and `kubectl logs` tell it. */
export interface EndedInitContainer {
  name: string
  image: string
  /** `StartError` where it could not be started, with 128 as its exit code: containerd's words for it. */
  reason: 'Completed' | 'Error' | 'StartError'
  exitCode: number
  /** What it said, on either output. */
  log: string
}
