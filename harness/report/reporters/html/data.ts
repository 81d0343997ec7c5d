import type { NearMisses } from '../../../flow/near-miss.ts'
import type { CheckResult } from '../../../run/checks/check.ts'
import type { Environment } from '../../../run/schedule/events.ts'
import { shortNameOf } from '../../../sandbox/engine/own-images.ts'
import { type Cause, Causes, faultOf } from '../../describing/causes.ts'
import { astrayConnection } from '../../../run/checks/parting.ts'
import { causeFacts, causeLabel, countCause, describeReason } from '../../describing/describe-cause.ts'
import { type Fact, failureFacts } from '../../describing/failure-facts.ts'
import { describeStep } from '../../describing/journey.ts'
import { describeNearMisses } from '../../describing/near-misses.ts'
import type { ReporterContext } from '../reporter.ts'
import { rerunCommand } from '../../describing/rerun.ts'
import { fileName } from '../../describing/scenario-name.ts'
import { describeCheck } from '../../describing/describe-check.ts'
import { describeInitContainer } from '../../describing/describe-init-container.ts'
import { describeObserved } from '../../describing/describe-observed.ts'
import { columnRankOf, compareRanks, type Rank, rankOf } from './order.ts'
import { shortReason, shortVerdict } from './short-verdict.ts'
import { type Lane, laneOf, type PageRule } from './lane.ts'
import { laneSender } from './station-text.ts'
import { Table } from './table.ts'

/** What the page is made from; what many checks share stands in tables, and checks say its place. */
export interface PageData {
  columns: string[]
  scenarios: { file: string; title: string }[]
  rules: PageRule[]
  evidence: string[]
  causes: PageCause[]
  checks: PageCheck[]
}

/** Why checks went wrong, and which, by their ids. */
interface PageCause {
  status: 'failed' | 'error'
  label: string
  count: string
  title: string
  facts: Fact[]
  ids: string[]
}

export interface PageCheck {
  id: string
  scenario: number
  column: number
  backend: string
  family: string
  flow: string
  sender: string
  status: CheckResult['status']
  verdict: string
  /** The verdict in one word: the listener, where there is one. */
  short: string
  /** Of a failed one, what it is not. */
  instead?: string
  facts: [string, string][]
  observed?: Lane
  /** `same`: as observed. A text says why there is none. */
  predicted?: Lane | 'same' | string
  /** The station of the observed journey at which it parts from the expected one. */
  parts?: { at: number; expected: string }
  /**
   * What would change a failed one's verdict: rules that it missed by one condition, and what else there is to say of
   * such.
   */
  changes?: { shown: { rule: string; text: string }[]; more: string[] }
  rerun: string
  conntrack?: string[]
  evidence?: number
}

/** How many rules a panel has room for. */
const mostNearMisses = 20

/** Collects the data of a page, result by result. */
export class PageDataBuilder {
  readonly #columns = new Map<string, Rank>()
  readonly #scenarios = new Table<{ file: string; title: string }>()
  readonly #rules = new Table<PageRule>()
  readonly #evidence = new Table<string>()
  readonly #checks: { rank: Rank; column: string; check: Omit<PageCheck, 'column'> }[] = []
  readonly #environments: readonly Environment[]
  readonly #causes: Causes
  readonly #meshes = new Set<string>()
  readonly #sources = new Set<string>()

  constructor(environments: readonly Environment[]) {
    this.#environments = environments
    this.#causes = new Causes(environments)
  }

  add(result: CheckResult, context: ReporterContext): void {
    const { check, status, observed, predicted, parting, evidence, nearMisses } = result
    const astray = astrayConnection(result)
    const lane = observed && laneOf(observed, result.decidedBy?.observed, astray, this.#rules)
    const said =
      predicted &&
      ('unknown' in predicted ? predicted.unknown : laneOf(predicted, result.decidedBy?.predicted, astray, this.#rules))
    const file = fileName(check.scenario)
    this.#causes.add(result)
    this.#meshes.add(check.scenario.mesh)
    this.#sources.add(result.rules.source)
    const instead = shortReason(result)
    const reported = {
      id: check.id,
      scenario: this.#scenarios.place({ file, title: check.scenario.title }),
      backend: check.backend,
      family: check.family,
      status,
      flow: describeCheck(check),
      sender: laneSender(check),
      verdict: observed?.verdict ?? '',
      short: shortVerdict(result),
      ...(instead !== undefined && { instead }),
      facts: factsOf(result, context),
      ...(lane && { observed: lane }),
      ...(said !== undefined && { predicted: lane !== undefined && isSameLane(lane, said) ? 'same' : said }),
      ...(parting && { parts: { at: parting.at, expected: describeStep(parting.expected[parting.at]) } }),
      ...(nearMisses && isAny(nearMisses) && { changes: describeNearMisses(nearMisses, mostNearMisses) }),
      rerun: rerunCommand(check, context),
      ...(evidence && { conntrack: evidence.conntrack, evidence: this.#evidence.place(evidence.rules) }),
    }
    this.#checks.push({ rank: rankOf(result, file), column: this.#columnOf(result), check: reported })
  }

  /** Whose promises were held, and whose rules to them. */
  get subject(): { meshes: string[]; sources: string[] } {
    return { meshes: [...this.#meshes].sort(), sources: [...this.#sources].sort() }
  }

  data(): PageData {
    const columns = [...this.#columns].sort(([, a], [, b]) => compareRanks(a, b)).map(([name]) => name)
    const checks = this.#checks
      .map(({ rank, column, check }) => ({ rank, check: { ...check, column: columns.indexOf(column) } }))
      .sort((a, b) => compareRanks([...a.rank, a.check.column], [...b.rank, b.check.column]))
    return {
      columns,
      scenarios: this.#scenarios.rows,
      rules: this.#rules.rows,
      evidence: this.#evidence.rows,
      causes: this.#causes.list().map(pageCause),
      checks: checks.map(({ check }) => check),
    }
  }

  #columnOf(result: CheckResult): string {
    const { check, environment } = result
    const { backend, family } = check
    const at = this.#environments.findIndex(({ id }) => id === environment)
    const { image = null } = this.#environments[at] ?? {}
    const where = this.#environments.length < 2 ? '' : ` ${image === null ? environment : shortNameOf(image)}`
    const name = `${backend} ${family}${where}`
    this.#columns.set(name, columnRankOf(result, at))
    return name
  }
}

const isAny = ({ rules, untried }: NearMisses): boolean => rules.length > 0 || untried > 0

function pageCause(cause: Cause): PageCause {
  const status = faultOf(cause) === 'failed' ? 'failed' : 'error'
  const { ids } = cause
  return {
    status,
    label: causeLabel(cause),
    count: countCause(cause),
    title: describeReason(cause),
    facts: causeFacts(cause),
    ids,
  }
}

/** A lane whose matched rules are unknown does not contradict the other. */
function isSameLane(one: Lane, other: Lane | string): boolean {
  if (typeof other === 'string') return false
  const rules =
    one.matched === undefined || other.matched === undefined || String(one.matched) === String(other.matched)
  const stations = (lane: Lane): string => lane.stations.map(({ at }) => at).join()
  return rules && one.says === other.says && stations(one) === stations(other)
}

/** Prediction and observation; one line if they are the same. */
function saidAndSeen({ observed, predicted }: CheckResult): [string, string][] {
  const said = predicted && ('unknown' in predicted ? `unknown: ${predicted.unknown}` : describeObserved(predicted))
  const seen = observed && describeObserved(observed)
  if (said !== undefined && said === seen) return [['observed', `${seen} – as predicted`]]
  return [
    ...(said === undefined ? [] : [['predicted', said] satisfies [string, string]]),
    ...(seen === undefined ? [] : [['observed', seen] satisfies [string, string]]),
  ]
}

/** The facts that all reporters show, with prediction and observation together. */
function factsOf(result: CheckResult, context: ReporterContext): [string, string][] {
  const container = describeInitContainer(result.rules.initContainers?.at(-1))
  const common = failureFacts(result, context).flatMap(({ name, text }): [string, string][] =>
    name === 'observed' ? saidAndSeen(result) : [[name, text]],
  )
  const unseen = result.observed === undefined ? saidAndSeen(result) : []
  return [
    ...(result.fault === undefined ? [] : [['fault', result.fault] satisfies [string, string]]),
    ...common,
    ...unseen,
    ...(container === undefined ? [] : [['init container', container] satisfies [string, string]]),
  ]
}
