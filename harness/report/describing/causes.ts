import type { MatchedRule } from '../../flow/matched-rule.ts'
import { type CheckResult, isBad } from '../../run/checks/check.ts'
import type { Environment } from '../../run/schedule/events.ts'
import { decisionOn, promisedRule } from './deciding.ts'
import { astrayConnection } from '../../run/checks/parting.ts'

/** Why checks went wrong: one thing to mend, whatever the number of checks that it struck. */
export type Reason =
  /** The probes could not be run: a fault of the machine, the builder or Sidetrack. */
  | { kind: 'error'; fault: string; text: string }
  /** The mesh's own builder has a rule that these rules lack. */
  | { kind: 'missing'; source: string; rule: MatchedRule }
  /** A rule decided, and not as promised. */
  | { kind: 'rule'; rule: MatchedRule }
  /** No rule decided: it was left to the chains' policies, or to the kernel. */
  | { kind: 'no-rule' }
  /** Which rule decided is not known: this kernel does not tell, and neither does the model. */
  | { kind: 'unknown-rule' }
  /** Loading the rules did not go as expected. */
  | { kind: 'loading'; text: string }

export interface Cause {
  reason: Reason
  /** How many checks it struck. */
  checks: number
  ids: string[]
  /**
   * One for each flow of a scenario, in the order of their ids: the same flow on another backend or family is in
   * `places`.
   */
  flows: CauseFlow[]
}

/** One flow of a scenario that went wrong, wherever it did so alike. */
export interface CauseFlow {
  /** The first of its results by id. Only a cause's first flow keeps its evidence. */
  result: CheckResult
  places: Set<string>
}

/** Faults before others as exit codes weigh them. */
const gravity: readonly string[] = ['sidetrack', 'failed', 'rules', 'machine', 'input']

interface Collected {
  reason: Reason
  ids: string[]
  flows: Map<string, CauseFlow>
  /** The result with the first id, whole. */
  first: CheckResult
}

/** Collects results as they come and puts together what has one cause. */
export class Causes {
  readonly #causes = new Map<string, Collected>()
  readonly #areEnvironmentsMany: boolean

  /** @param environments where the run's checks run: with more than one, a flow's places name theirs. */
  constructor(environments: readonly Environment[] = []) {
    this.#areEnvironmentsMany = environments.length > 1
  }

  /** A result that passed has no cause, and is passed over. */
  add(result: CheckResult): void {
    if (!isBad(result)) return
    const reason = reasonOf(result)
    const key = keyOf(reason)
    const cause = this.#causes.get(key) ?? { reason, ids: [], flows: new Map<string, CauseFlow>(), first: result }
    this.#causes.set(key, cause)
    cause.ids.push(result.check.id)
    if (isBefore(result, cause.first)) {
      cause.first = result
      cause.reason = reason
    }
    const flow = cause.flows.get(flowOf(result)) ?? { result, places: new Set() }
    cause.flows.set(flowOf(result), flow)
    if (isBefore(result, flow.result) || flow.result === result) flow.result = withoutEvidence(result)
    flow.places.add(this.#areEnvironmentsMany ? `${placeOf(result)} in ${result.environment}` : placeOf(result))
  }

  /** The gravest first, then those that struck most. */
  list(): Cause[] {
    return [...this.#causes.values()]
      .map(({ reason, ids, flows, first }) => {
        const [, ...others] = [...flows.values()].sort((a, b) => (isBefore(a.result, b.result) ? -1 : 1))
        const places = flows.get(flowOf(first))?.places ?? new Set()
        return { reason, checks: ids.length, ids: ids.toSorted(), flows: [{ result: first, places }, ...others] }
      })
      .sort((a, b) => gravity.indexOf(faultOf(a)) - gravity.indexOf(faultOf(b)) || b.checks - a.checks)
  }
}

function isBefore(a: CheckResult, b: CheckResult): boolean {
  return a.check.id < b.check.id
}

/** Whose fault it is; `failed` stands for behaviour that is not as expected. */
export function faultOf({ reason }: Pick<Cause, 'reason'>): string {
  return reason.kind === 'error' ? reason.fault : 'failed'
}

function reasonOf(result: CheckResult): Reason {
  const { check, status, fault = 'sidetrack', reason = 'it could not be run', decidedBy = {} } = result
  if (status === 'error') return { kind: 'error', fault, text: reason }
  if ('applies' in check.expected) return { kind: 'loading', text: reason }
  const promised = promisedRule(result)
  if (promised?.isMissing) return { kind: 'missing', source: promised.source, rule: promised.rule }
  const decision = decisionOn(decidedBy, astrayConnection(result))
  if (decision === undefined) return { kind: 'unknown-rule' }
  const { rule } = decision
  return rule === undefined ? { kind: 'no-rule' } : { kind: 'rule', rule }
}

function keyOf(reason: Reason): string {
  switch (reason.kind) {
    case 'error':
      return `error ${reason.fault} ${kindOf(reason.text)}`
    case 'missing':
    case 'rule':
      return `${reason.kind} ${reason.rule.table} ${shapeOf(reason.rule.text)}`
    case 'loading':
      return 'loading'
    case 'no-rule':
    case 'unknown-rule':
      return reason.kind
  }
}

/**
 * What messages of one kind share: each config has other values, and each backend words a rejection in its own way, so
 * that the rejected rule is what remains.
 */
function kindOf(text: string): string {
  const [, rule = text] = /rejected at line \d+ \((.*?)\):/s.exec(text) ?? []
  return shapeOf(rule.replace(/"[^"]*"|\[[^\]]*\]/g, '#').replace(/\biptables-(nft|legacy)\b/g, 'iptables'))
}

/** A rule without its values: of a list that a builder forgets, every config has other ones. */
function shapeOf(text: string): string {
  return text
    .split(' ')
    .map((word) => (/^[\da-f.:,/x]*\d[\da-f.:,/x]*$/i.test(word) ? '#' : word))
    .join(' ')
}

function flowOf({ check }: CheckResult): string {
  const { id, backend } = check
  const at = id.lastIndexOf(`/${backend}/`)
  return at === -1 ? id : id.slice(0, at)
}

function placeOf({ check: { backend, family } }: CheckResult): string {
  return `${backend} ${family}`
}

function withoutEvidence({ evidence: _, material: __, ...result }: CheckResult): CheckResult {
  return result
}
