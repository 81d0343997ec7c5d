import { appendFileSync, statSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import type { CheckResult } from '../../../run/checks/check.ts'
import type { RunEvent } from '../../../run/schedule/events.ts'
import { annotations } from './annotations.ts'
import { Causes } from '../../describing/causes.ts'
import { jobSummary } from './job-summary.ts'
import type { Reporter } from '../reporter.ts'

/** GitHub drops a step's summary if it is larger. */
export const summaryLimit = 1024 * 1024

/** For a GitHub job: an annotation for each cause, and the whole result in the job's summary, where there is one. */
export const github: Reporter = githubIn(process.env)

/** @param variables of the job: its environment. */
export function githubIn(variables: Readonly<Record<string, string | undefined>>): Reporter {
  const { GITHUB_WORKSPACE: workspace, GITHUB_STEP_SUMMARY: summary } = variables
  return (output, context) => {
    const results: CheckResult[] = []
    let start: Extract<RunEvent, { type: 'start' }> | undefined
    let causes = new Causes()
    const path = (file: string): string | undefined => {
      if (!workspace) return context.path(file)
      const inside = relative(workspace, file)
      return inside.startsWith('..') || isAbsolute(inside) ? undefined : inside
    }
    return (event) => {
      if (event.type === 'start') {
        start = event
        causes = new Causes(event.environments)
      }
      if (event.type === 'result') {
        causes.add(event.result)
        results.push(withoutEvidence(event.result))
      }
      if (event.type !== 'end' || start === undefined) return
      const broken = event.error ?? (event.interrupted ? 'interrupted' : undefined)
      const found = causes.list()
      const lines = annotations({ causes: found, path, builder: context.builder, ...(broken && { broken }) })
      output.write(lines.map((line) => `${line}\n`).join(''))
      if (!summary) return
      const room = summaryLimit - (statSync(summary, { throwIfNoEntry: false })?.size ?? 0)
      appendFileSync(summary, jobSummary({ start, results, causes: found, end: event }, context, room))
    }
  }
}

/** What is kept until the end: without the pods' rules, which take most of the memory and are not shown here. */
function withoutEvidence({ evidence: _, ...result }: CheckResult): CheckResult {
  return result
}
