import type { CheckResult } from '../checks/check.ts'
import type { Summary } from './events.ts'

const counters = { passed: 'passed', failed: 'failed', skipped: 'skipped', error: 'errors' } as const

/** Counts results as they come. */
export class Tally {
  readonly summary: Summary

  constructor(leftOut: number) {
    this.summary = { checks: 0, passed: 0, failed: 0, skipped: 0, errors: 0, leftOut }
  }

  count({ status }: CheckResult): void {
    this.summary.checks += 1
    this.summary[counters[status]] += 1
  }
}
