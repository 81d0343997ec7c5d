import type { Severity } from '../../findings/finding.ts'
import { type AnnotationLevel, workflowCommand } from '../../report/reporters/github/workflow-command.ts'
import type { ReproFormat } from './format.ts'
import { foundWords, ruleWords } from './words.ts'

const levels: Readonly<Record<Severity, AnnotationLevel>> = { note: 'notice', warning: 'warning', error: 'error' }
/** GitHub shows no more of each level of one step. */
const mostOfLevel = 10

/** Workflow commands, one a finding, at the line of its first rule. */
export const github: ReproFormat = ({ findings }, { file }) => {
  const lines = (Object.keys(levels) as Severity[]).toReversed().flatMap((severity) =>
    findings
      .filter((finding) => finding.severity === severity)
      .slice(0, mostOfLevel)
      .map((finding) => {
        const { kind, rules } = finding
        const [first] = rules
        const place =
          file === undefined ? {} : { file, ...(first !== undefined && first.line > 0 && { line: first.line }) }
        return workflowCommand(
          levels[severity],
          { ...place, title: kind.code },
          [foundWords(finding), ...rules.map(ruleWords), kind.remedy].join('\n'),
        )
      }),
  )
  return lines.map((line) => `${line}\n`).join('')
}
