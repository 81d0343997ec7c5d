import { describePlace } from '../../report/describing/deciding.ts'
import { plural } from '../../report/writing/plural.ts'
import type { Cause } from '../change.ts'
import type { Group, Row } from '../groups.ts'
import { type GateReport, unapproved } from '../outcome.ts'

/** How many configs a line names before it counts them. */
const mostConfigs = 3

/** `OPENED 4 behaviours: nat A rule 3 decides in place of nat A rule 5` */
export function headOf({ effect, rows, changes, cause }: Group): string {
  const [row] = rows
  if (changes.every(({ outcomes }) => outcomes === undefined)) return `${effect.toUpperCase()}: ${row?.subject ?? ''}`
  return `${effect.toUpperCase()} ${plural(rows.length, 'flow')}: ${titleOf(cause)}`
}

/** What decides now, and what did before, without their texts. */
export function titleOf({ rules: { baseline, candidate }, lines }: Cause): string {
  const name = (rule: Cause['rules']['baseline']): string =>
    rule === undefined ? 'no rule' : `${rule.table} ${rule.chain} rule ${rule.rule}`
  if (baseline === undefined && candidate === undefined)
    return lines.length > 0 ? 'the rules on the way have changed' : 'nobody knows which rule decides'
  if (baseline?.text === candidate?.text && baseline?.table === candidate?.table)
    return `${name(candidate)} decides, as before`
  return `${name(candidate)} decides in place of ${name(baseline)}`
}

/** The deciding rules and the changed lines, each with its name. */
export function factsOf({ cause, changes }: Group): { name: string; text: string }[] {
  if (changes.every(({ outcomes }) => outcomes === undefined)) return []
  const { baseline, candidate } = cause.rules
  return [
    { name: 'before', text: baseline === undefined ? 'no rule decided' : describePlace(baseline) },
    { name: 'after', text: candidate === undefined ? 'no rule decides' : describePlace(candidate) },
    ...cause.lines.map((text, index) => ({ name: index === 0 ? 'changed' : '', text })),
  ]
}

/** `app (1000:1000) → TCP 203.0.113.10:80: redirected to outbound, then peer → direct to the peer` */
export const rowText = ({ subject, before, after }: Row): string => `${subject}: ${before} → ${after}`

/** Which flows a row stands for, and where. */
export function rowDetails({ range, places, configs }: Row): string {
  const more = configs.length - mostConfigs
  const names = [...configs.slice(0, mostConfigs), ...(more > 0 ? [`${more} more`] : [])].join(', ')
  return [
    ...(range === undefined || range === '' ? [] : [range]),
    ...(places.length > 0 ? [places.join(', ')] : []),
    names,
  ].join('; ')
}

/** The last line: how many changes, and how many of them nobody has approved. */
export function summaryLine(report: GateReport): string {
  const { changes, errors } = report
  const open = unapproved(report).length
  const parts = [
    changes.length === 0 ? unchanged(report) : plural(changes.length, 'change'),
    ...(changes.length > 0 ? [`${changes.length - open} approved`, `${open} not`] : []),
    ...(errors.length > 0 ? [`${plural(errors.length, 'comparison')} failed`] : []),
  ]
  return `${parts.join(', ')} in ${duration(report.durationMs)}`
}

/** What was not compared may have changed. */
const unchanged = ({ coverage, errors }: GateReport): string =>
  coverage.isWhole && errors.length === 0
    ? 'no behaviour has changed'
    : 'no behaviour has changed, as far as was compared'

const duration = (milliseconds: number): string =>
  milliseconds < 60_000
    ? `${(milliseconds / 1000).toFixed(1)} s`
    : `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`

/** Entries of the approvals that nothing needs any more, a line each. */
export function staleLines({ approvals }: GateReport): string[] {
  return (approvals?.stale ?? []).map(
    ({ line, ids }) => `${approvals?.name ?? ''}:${line}: ${ids}: this approval covers no change; --prune takes it out`,
  )
}

/** What was compared, a line each. */
export function coverageLines(report: GateReport): string[] {
  const { coverage, changes, generated, notices } = report
  const apart = changes.filter(({ outcomes, id }) => outcomes !== undefined && id.split('/')[1] === 'witness').length
  const pairs = generated?.pairs
  return [
    ...notices,
    ...(generated && pairs
      ? [
          `generated with --seed ${generated.seed}: ${pairs.covered} of ${pairs.covered + pairs.left} pairs of values${pairs.refused > 0 ? `; the mesh takes ${pairs.refused} more not together` : ''}`,
        ]
      : []),
    ...coverage.lines(apart),
  ]
}
