import type { Finding } from '../../findings/finding.ts'
import { severities } from '../../findings/finding.ts'
import { describeObserved } from '../../report/describing/describe-observed.ts'
import { plural } from '../../core/plural.ts'
import type { ReproReport } from '../table/report.ts'
import type { Row } from '../table/rows.ts'
import { disagreementWords, flowWords, foundWords, ruleWords, trafficWords } from './words.ts'
import { inColumns } from './columns.ts'

/** Rows of the table, and findings, that fit on a screen. */
const most = { rows: 18, findings: 12, rules: 3 }
/** How wide a column may be before it is cut. */
const widths = { who: 44, where: 52, what: 44, rule: 84 }

/** All there is to say, for a terminal. @param isVerbose unfolds what is folded. */
export function reproText(report: ReproReport, isVerbose: boolean): string {
  const parts = [
    report.notDriven === undefined
      ? [...report.premises, drivenLine(report)]
      : [drivenLine(report), ...report.premises],
    table(report, isVerbose),
    findingLines(report, isVerbose),
    errorLines(report),
  ]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function drivenLine({ driven, backend, version, notDriven, disagreements, classes }: ReproReport): string {
  if (notDriven !== undefined) return `Nothing was seen in a kernel, so this is what the model says: ${notDriven}`
  const program = `iptables-${backend}${version === undefined ? '' : ` ${version}`}`
  const agree =
    disagreements.length === 0
      ? 'model and kernel agree on all of them'
      : `model and kernel disagree on ${disagreements.length}`
  return `Driven: ${plural(driven, 'flow')} through a pod with ${program}, of ${plural(classes, 'kind')}; ${agree}.`
}

function table(report: ReproReport, isVerbose: boolean): string[] {
  const { rows, families, left, driven } = report
  const shown = isVerbose ? rows : rows.slice(0, most.rows)
  const cells = shown.map((row) => [
    trafficWords(row, families.length),
    cut(row.who, widths.who, isVerbose),
    cut(row.where, widths.where, isVerbose),
    cut(`${row.isSeen || driven === 0 ? '' : '(not driven) '}${row.what}`, widths.what, isVerbose || isByChance(row)),
    row.rule === undefined ? '-' : cut(ruleWords(row.rule), widths.rule, isVerbose),
  ])
  const more = rows.length - shown.length
  return [
    ...inColumns([['', 'who', 'where', 'what becomes of it', 'by which rule'], ...cells]),
    ...(more === 0 ? [] : [`and ${plural(more, 'further row')}: --verbose`]),
    ...(left.length === 0 ? [] : [leftWords(report)]),
  ]
}

/** What the table does not tell. */
const leftWords = ({ isSampled }: ReproReport): string =>
  isSampled
    ? 'What differs in little but the members of large sets is told by some of them; the others were not looked into.'
    : 'There are more kinds of flows than are told apart here; what is missing in the table was not looked into.'

/** Of several ways that it may go, none is left out. */
const isByChance = ({ what }: Row): boolean => what.startsWith('by chance ')

const cut = (text: string, width: number, isVerbose: boolean): string =>
  isVerbose || text.length <= width ? text : `${text.slice(0, width - 1)}…`

function findingLines({ findings }: ReproReport, isVerbose: boolean): string[] {
  if (findings.length === 0) return ['No findings.']
  const counts = severities
    .toReversed()
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
  const shown = isVerbose ? findings : findings.slice(0, most.findings)
  const more = findings.length - shown.length
  return [
    `Findings: ${counts.map(({ severity, count }) => plural(count, severity)).join(', ')}`,
    ...shown.flatMap((finding) => oneFinding(finding, isVerbose)),
    ...(more === 0 ? [] : [`and ${plural(more, 'further finding')}: --verbose`]),
  ]
}

/** A note is one line, unless all is wanted. */
function oneFinding(finding: Finding, isVerbose: boolean): string[] {
  const { kind, severity, rules, shown } = finding
  const head = `${severity.padEnd(8)}${kind.code}: ${foundWords(finding)}`
  if (severity === 'note' && !isVerbose) return [head]
  const told = isVerbose ? rules : rules.slice(0, most.rules)
  const more = rules.length - told.length
  return [
    head,
    ...told.map((rule) => `        ${ruleWords(rule)}`),
    ...(more === 0 ? [] : [`        and ${plural(more, 'further rule')}`]),
    ...(shown === undefined
      ? []
      : [
          `        ${shown.isSeen ? 'seen' : 'predicted'}: ${flowWords(shown.flow)}: ${describeObserved(shown.behaviour)}`,
        ]),
    `        what to do: ${kind.remedy}`,
  ]
}

function errorLines({ disagreements }: ReproReport): string[] {
  if (disagreements.length === 0) return []
  return [
    'Model and kernel do not say the same, which is a fault of Sidetrack’s own; please report it with this text:',
    ...disagreements.slice(0, most.findings).map((each) => {
      const { said, seen } = disagreementWords(each)
      return `  ${flowWords(each.flow)}: predicted ${said}; seen ${seen}`
    }),
  ]
}
