import type { Finding } from '../../findings/finding.ts'
import { severities } from '../../findings/finding.ts'
import { describeObserved } from '../../report/describing/describe-observed.ts'
import { plural } from '../../core/plural.ts'
import type { ReproReport } from '../table/report.ts'
import type { Row } from '../table/rows.ts'
import { disagreementWords, flowWords, foundWords, ruleWords, trafficWords } from './words.ts'
import { printable } from '../../report/writing/printable.ts'
import { inColumns } from './columns.ts'
import type { ReproFormat } from './format.ts'

/** Rows of the table, rules of a finding and flows of which model and kernel disagree that are told at most. */
const most = { rows: 18, rules: 3, disagreements: 12 }
/** Lines of a screen, those that findings and table have together at least, and those that the table has of them. */
const screen = { lines: 40, fewest: 28, table: 14 }
/** The heading of the table, and the line that counts what is left out. */
const tableFrame = 2
/** How wide a column may be before it is cut. */
const widths = { who: 44, where: 52, what: 44, rule: 84 }

/** All there is to say, for a terminal: on a screen, unless `isVerbose` unfolds what is folded. */
export const pretty: ReproFormat = (report, { verbose: isVerbose }) => {
  const head =
    report.notDriven === undefined ? [...report.premises, drivenLine(report)] : [drivenLine(report), ...report.premises]
  const room = isVerbose ? Number.POSITIVE_INFINITY : Math.max(screen.fewest, screen.lines - head.length - 2)
  const rows = isVerbose ? report.rows.length : Math.min(report.rows.length, most.rows)
  const findings = findingLines(report, isVerbose, room - Math.min(rows + tableFrame, screen.table))
  const parts = [
    head,
    table(report, isVerbose, Math.max(screen.table, room - findings.length) - tableFrame),
    findings,
    errorLines(report),
  ]
  const told = parts.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'))
  return printable(`${told.join('\n\n')}\n`)
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

function table(report: ReproReport, isVerbose: boolean, room: number): string[] {
  const { rows, families, left, driven } = report
  const shown = isVerbose ? rows : rows.slice(0, Math.min(most.rows, room))
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

/** @param room lines that there are for them. */
function findingLines({ findings }: ReproReport, isVerbose: boolean, room: number): string[] {
  if (findings.length === 0) return ['No findings.']
  const counts = severities
    .toReversed()
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
  const shown = isVerbose ? findings.map(wholeFinding) : fitting(findings, room - 2)
  const more = findings.length - shown.length
  return [
    `Findings: ${counts.map(({ severity, count }) => plural(count, severity)).join(', ')}`,
    ...shown.flat(),
    ...(more === 0 ? [] : [`and ${plural(more, 'further finding')}: --verbose`]),
  ]
}

/** As much of each as all of them leave room for: those that come later are shortened first, then left out. */
function fitting(findings: readonly Finding[], room: number): string[][] {
  const told = findings.map((finding, at) => {
    const isKnown = findings.findIndex(({ kind }) => kind === finding.kind) < at
    return shortFinding(finding, isKnown)
  })
  const length = (): number => told.reduce((sum, lines) => sum + lines.length, 0)
  for (const lines of told.toReversed()) if (length() > room) lines.splice(2)
  for (const lines of told.toReversed()) if (length() > room) lines.splice(1)
  return told.slice(0, Math.max(1, room))
}

/** A note is one line, and what to do is said of a kind's first case. */
function shortFinding(finding: Finding, isKnown: boolean): string[] {
  const { severity, rules } = finding
  if (severity === 'note') return [headOf(finding)]
  const more = rules.length - most.rules
  return [
    headOf(finding),
    ...rules.slice(0, most.rules).map((rule) => `        ${ruleWords(rule)}`),
    ...(more <= 0 ? [] : [`        and ${plural(more, 'further rule')}`]),
    ...shownBy(finding),
    ...(isKnown ? [] : [remedyOf(finding)]),
  ]
}

const wholeFinding = (finding: Finding): string[] => [
  headOf(finding),
  ...finding.rules.map((rule) => `        ${ruleWords(rule)}`),
  ...shownBy(finding),
  remedyOf(finding),
]

const headOf = (finding: Finding): string => `${finding.severity.padEnd(8)}${finding.kind.code}: ${foundWords(finding)}`

const shownBy = ({ shown }: Finding): string[] =>
  shown === undefined
    ? []
    : [`        ${shown.isSeen ? 'seen' : 'predicted'}: ${flowWords(shown.flow)}: ${describeObserved(shown.behaviour)}`]

const remedyOf = ({ kind }: Finding): string => `        what to do: ${kind.remedy}`

function errorLines({ disagreements }: ReproReport): string[] {
  if (disagreements.length === 0) return []
  return [
    'Model and kernel do not say the same, which is a fault of Sidetrack’s own; please report it with this text:',
    ...disagreements.slice(0, most.disagreements).map((each) => {
      const { said, seen } = disagreementWords(each)
      return `  ${flowWords(each.flow)}: predicted ${said}; seen ${seen}`
    }),
  ]
}
