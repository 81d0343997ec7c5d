import { appendFileSync, statSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import { mostAnnotations } from '../../report/reporters/github/annotations.ts'
import { workflowCommand } from '../../report/reporters/github/workflow-command.ts'
import { plural } from '../../core/plural.ts'
import { type Group, groupChanges } from '../changes/groups.ts'
import { type GateReport, unapproved } from '../approvals/outcome.ts'
import { gateMarkdown } from './markdown.ts'
import type { GateReporter, GateReporterContext } from './reporter.ts'
import { factsOf, headOf, rowText } from './words.ts'

/** GitHub drops a step's summary if it is larger. */
const summaryLimit = 1024 * 1024
/** Flows that an annotation names. */
const mostFlows = 10

/** For a GitHub job: an annotation for each cause at the candidate's file, and the whole of it in the job's summary. */
export const github: GateReporter = (report, output, context) => {
  const { GITHUB_WORKSPACE: workspace, GITHUB_STEP_SUMMARY: summary } = process.env
  output.write(
    annotationsOf(report, placeOf(context, workspace))
      .map((line) => `${line}\n`)
      .join(''),
  )
  if (!summary) return
  appendFileSync(
    summary,
    gateMarkdown(report, summaryLimit - (statSync(summary, { throwIfNoEntry: false })?.size ?? 0)),
  )
}

export function annotationsOf(report: GateReport, place: { file?: string }): string[] {
  const groups = groupChanges(unapproved(report))
  const shown = groups.length > mostAnnotations ? groups.slice(0, mostAnnotations - 1) : groups
  const left = groups.length - shown.length
  return [
    ...shown.map((group) => workflowCommand('error', { ...place, title: headOf(group) }, messageOf(group))),
    ...(left > 0
      ? [
          workflowCommand(
            'error',
            { title: `${plural(left, 'further cause')} of changes` },
            'The job summary has all of them.',
          ),
        ]
      : []),
  ]
}

function messageOf(group: Group): string {
  const more = group.rows.length - mostFlows
  return [
    ...factsOf(group).map(({ name, text }) => (name === '' ? `  ${text}` : `${name}: ${text}`)),
    ...group.rows.slice(0, mostFlows).map((row) => `- ${rowText(row)}`),
    ...(more > 0 ? [`and ${plural(more, 'further flow')}`] : []),
  ].join('\n')
}

function placeOf({ file, path }: GateReporterContext, workspace: string | undefined): { file?: string } {
  if (file === undefined) return {}
  if (!workspace) return { file: path(file) }
  const inside = relative(workspace, file)
  return inside.startsWith('..') || isAbsolute(inside) ? {} : { file: inside }
}
