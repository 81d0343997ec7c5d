import { appendFileSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import type { CheckResult } from '../run/check.ts'
import type { RunEvent } from '../run/events.ts'
import { annotations } from './annotations.ts'
import { jobSummary } from './job-summary.ts'
import type { Reporter } from './reporter.ts'

/** GitHub takes a larger summary of a step as none at all. */
export const summaryLimit = 1024 * 1024

/** For a GitHub job: annotations on the scenarios' own lines, and the whole result in the job's summary, where there is one. */
export const github: Reporter = githubIn(process.env)

/** @param variables of the job: its environment. */
export function githubIn(variables: Readonly<Record<string, string | undefined>>): Reporter {
  const { GITHUB_WORKSPACE: workspace, GITHUB_STEP_SUMMARY: summary } = variables
  return (output, context) => {
    const results: CheckResult[] = []
    let start: Extract<RunEvent, { type: 'start' }> | undefined
    const path = (file: string): string => (workspace ? relative(workspace, file) : context.path(file))
    return (event) => {
      if (event.type === 'start') start = event
      if (event.type === 'result') results.push(withoutEvidence(event.result))
      if (event.type !== 'end' || start === undefined) return
      const broken = event.error ?? (event.interrupted ? 'interrupted' : undefined)
      const lines = annotations({ results, areEnvironmentsMany: start.environments.length > 1, path, ...(broken && { broken }) })
      output.write(lines.map((line) => `${line}\n`).join(''))
      if (!summary) return
      const room = summaryLimit - (statSync(summary, { throwIfNoEntry: false })?.size ?? 0)
      appendFileSync(summary, jobSummary({ start, results, end: event }, context, room))
    }
  }
}

/** What is kept until the end: the pods' rules are by far the most of a result, and nothing here shows them. */
function withoutEvidence({ evidence: _, ...result }: CheckResult): CheckResult {
  return result
}
