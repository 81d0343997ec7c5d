import { describePlace } from '../../report/describing/deciding.ts'
import { plural } from '../../core/plural.ts'
import { signed } from '../changes/cause.ts'
import type { Cause, Change } from '../changes/change.ts'
import { describeConfig, type GateConfig } from '../compared/config.ts'
import type { SideName } from '../compared/sides.ts'
import { listed } from '../classes/coverage.ts'
import { configsOf, type Group, type Row } from '../changes/groups.ts'
import { type GateReport, unapproved } from '../approvals/outcome.ts'

/** How much of a config is told, and of what a flow stands for, in characters. */
const [mostOfConfig, mostOfRange] = [60, 120]

/** `OPENED 4 behaviours: nat A rule 3 decides in place of nat A rule 5` */
export function headOf(group: Group): string {
  return `${group.effect.toUpperCase()}${` ${countOf(group)}`.trimEnd()}: ${titleOf(group)}`
}

/** How many flows have changed, or under how many configs the rules themselves. */
export function countOf({ rows, changes }: Pick<Group, 'rows' | 'changes'>): string {
  if (changes[0]?.rules === undefined) return plural(rows.length, 'flow')
  const count = configsOf(changes).length
  return count > 1 ? `under ${plural(count, 'config')}` : ''
}

/** What is behind it, in a line. */
export function titleOf({ changes, cause }: Pick<Group, 'changes' | 'cause'>): string {
  const [change] = changes
  return (change && rulesTitle(change)) ?? causeTitle(cause)
}

/** What has changed of the text, without its lines. */
function textTitle({ lines, notes }: Cause['text']): string {
  const [first, ...others] = lines
  if (first === undefined) return notes[0] ?? 'nobody knows which rule decides'
  const { side, table, chain, text } = first
  if (text.startsWith(':')) return `${table} ${chain} has another policy`
  const isBoth = others.some((other) => other.side !== side)
  const what = isBoth ? 'has changed' : side === 'baseline' ? 'is gone' : 'is new'
  return `${table} ${chain}: ${others.length > (isBoth ? 1 : 0) ? 'rules have changed' : `a rule ${what}`}`
}

/** What has become of the rules themselves. */
function rulesTitle({ rules, effect, family }: Change): string | undefined {
  const isWorse = effect === 'failed'
  switch (rules) {
    case undefined:
      return undefined
    case 'builder':
      return isWorse ? 'the candidate makes no rules' : 'the candidate makes rules where the baseline makes none'
    case 'family':
      return isWorse ? `the candidate makes no ${family} rules` : `the candidate makes ${family} rules as well`
    case 'again':
      return isWorse
        ? 'the rules are not made or loaded where they are applied more than once'
        : 'the rules are made and loaded where they are applied more than once, which they were not before'
    case 'loading':
      return isWorse ? 'the rules do not load any more' : 'the rules load, which they did not before'
  }
}

/** What decides now, and what did before, without their texts. */
function causeTitle({ rules, text, untold = [] }: Cause): string {
  const { baseline, candidate } = rules
  const name = (side: SideName): string => {
    const rule = rules[side]
    if (rule === undefined) return untold.includes(side) ? 'a rule that nobody knows' : 'no rule'
    return `${rule.table} ${rule.chain} rule ${rule.rule}`
  }
  if (baseline === undefined && candidate === undefined) return textTitle(text)
  if (baseline?.text === candidate?.text && baseline?.table === candidate?.table)
    return `${name('candidate')} decides, as before`
  return `${name('candidate')} decides in place of ${name('baseline')}`
}

/** The deciding rules and the changed lines, each with its name. */
export function factsOf(group: Group): { name: string; text: string }[] {
  const changed = changedLines(group.cause)
  return [...decidingFacts(group), ...changed.map((text, index) => ({ name: index === 0 ? 'changed' : '', text }))]
}

/** The deciding rules alone. */
export function decidingFacts({ cause, changes }: Group): { name: string; text: string }[] {
  if (changes[0]?.rules !== undefined) return []
  const { rules, untold = [] } = cause
  const said = (side: SideName, none: string): string => {
    const rule = rules[side]
    return rule !== undefined ? describePlace(rule) : untold.includes(side) ? 'nobody knows which rule' : none
  }
  return [
    { name: 'before', text: said('baseline', 'no rule decided') },
    { name: 'after', text: said('candidate', 'no rule decides') },
  ]
}

/** The text change as a small diff, each line with its place in its side's text: `- line 12: nat -A …`. */
function changedLines({ text: { lines, notes } }: Cause): string[] {
  const diff = lines.map((changed) => {
    const place = changed.line === undefined ? '' : `line ${changed.line}: `
    return signed(changed).replace(/^(.) /, `$1 ${place}`)
  })
  return [...diff, ...notes]
}

/** `app (1000:1000) → TCP 203.0.113.10:80: redirected to outbound, then peer → direct to the peer` */
export const rowText = ({ subject, before, after }: Row): string => `${subject}: ${before} → ${after}`

/** Which flows a row stands for, and where. */
export function rowDetails({ range, places, configs }: Row, report: GateReport, isShort = true): string {
  return [
    ...(range === undefined ? [] : [isShort ? shortened(range, mostOfRange) : range]),
    ...(places.length > 0 ? [placesText(places, report)] : []),
    configsText(configs, report),
  ].join('; ')
}

const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text)

/** `nft ipv4`; without the backend where it is so with all of several. */
function placesText(places: readonly string[], { backends }: GateReport): string {
  const byFamily = Map.groupBy(places, (place) => place.split(' ')[1] ?? '')
  return [...byFamily]
    .map(([family, own]) => (backends.length > 1 && own.length === backends.length ? family : own.join(', ')))
    .join(', ')
}

/** The config's name; of several how many, and the shortest of them. */
function configsText(configs: readonly GateConfig[], { configs: all }: GateReport): string {
  const [first] = configs
  if (first === undefined) return ''
  if (configs.length === 1) return configText(first)
  if (configs.length === all.length) return `all ${configs.length} configs`
  return `${configs.length} of ${plural(all.length, 'config')}, such as ${configText(first)}`
}

/** A name says something where somebody gave it. */
function configText(config: GateConfig): string {
  if (!/^config-[\da-f]{8}$/.test(config.name)) return config.name
  return `${shortened(describeConfig(config), mostOfConfig)} (${config.name})`
}

/** The last line: how many changes, how many of them nobody has approved, and how long that took. */
export const summaryLine = (report: GateReport): string =>
  totals(report)
    .with(0, `${totals(report)[0]} in ${duration(report.durationMs)}`)
    .join(', ')

/** The same as a heading, whose reader has not waited. */
export const summaryTitle = (report: GateReport): string => totals(report).join(', ')

function totals(report: GateReport): string[] {
  const { changes, errors } = report
  const open = unapproved(report).length
  return [
    changes.length === 0 ? unchanged(report) : plural(changes.length, 'change'),
    ...(changes.length > 0 ? [`${changes.length - open} approved`, `${open} not`] : []),
    ...(errors.length > 0 ? [`${plural(errors.length, 'comparison')} failed`] : []),
  ]
}

/** What was not compared may have changed. */
const unchanged = ({ coverage, errors }: GateReport): string =>
  coverage.alone !== undefined
    ? 'nothing was compared'
    : coverage.isWhole && errors.length === 0
      ? 'no behaviour has changed'
      : 'no behaviour has changed, as far as was compared'

const duration = (milliseconds: number): string =>
  milliseconds < 60_000
    ? `${(milliseconds / 1000).toFixed(1)} s`
    : `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`

/** Entries of the approvals that nothing needs any more, a line each. */
export function staleLines({ approvals }: GateReport): string[] {
  const { name, stale } = approvals ?? { name: '', stale: [] }
  return stale.map(({ line, ids }) => `${name}:${line}: ${ids}: this approval covers no change; --prune takes it out`)
}

/** Those of which that is not known, in a line. */
export function unseenLines({ approvals }: GateReport): string[] {
  const { name, unseen } = approvals ?? { name: '', unseen: [] }
  if (unseen.length === 0) return []
  const lines = `${unseen.length > 1 ? 'lines' : 'line'} ${listed(unseen.map(({ line }) => `${line}`))}`
  return [`${name}: not looked at: what ${plural(unseen.length, 'approval')} may cover, at ${lines}`]
}

/** What was compared, a line each. */
export function coverageLines(report: GateReport): string[] {
  const { coverage, changes, generated, notices } = report
  const apart = changes.filter(({ rules, id }) => rules === undefined && id.split('/')[1] === 'witness').length
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
