import type { Backend } from '../../flow/backend.ts'
import type { HarnessError } from '../../core/errors.ts'
import type { CheckResult } from '../checks/check.ts'
import type { PlannedShard } from '../checks/pod-job.ts'

/** Where checks ran: the machine, and the binaries that applied the rules. */
export interface Environment {
  id: string
  kernel: string
  node: string
  sandbox: 'namespaces' | 'container'
  image: string | null
  podImage?: string
  rootless: boolean
  iptables: Partial<Record<Backend, string>>
}

export interface Summary {
  checks: number
  passed: number
  failed: number
  skipped: number
  errors: number
  /** Scenarios left out under `--rules`, because their rules are literal text or their config is not the file's. */
  leftOut: number
}

/** What a run tells reporters, in this order: one `start`, `result`s as they come, perhaps `notice`s, one `end`. */
export type RunEvent =
  | {
      type: 'start'
      startedAt: Date
      checks: number
      scenarios: number
      environments: Environment[]
      /** Which backends of theirs are used; all, where it is not said. */
      backends?: readonly Backend[]
      command: string[]
      seed: number
      shard?: PlannedShard
    }
  | { type: 'result'; result: CheckResult }
  /** One line for the user that belongs to no check. */
  | { type: 'notice'; text: string }
  | { type: 'end'; durationMs: number; interrupted: boolean; summary: Summary; error?: HarnessError }

export type RunListener = (event: RunEvent) => void
