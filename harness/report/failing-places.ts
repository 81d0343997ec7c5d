import type { CheckResult } from '../run/check.ts'
import { describeDeciding, describeDecidingLater } from './deciding.ts'
import { describeExpected, describeObserved } from './words.ts'

/** What went wrong at one line of a scenario file: checks of several backends and families may fail there alike. */
export interface FailingPlace {
  /** One of them, to show. */
  first: CheckResult
  results: readonly CheckResult[]
}

/** Faults before others as exit codes weigh them; `failed` stands for what is not as expected. */
const gravity: readonly string[] = ['sidetrack', 'failed', 'rules', 'machine', 'input']

/**
 * Results that did not pass, put together where the same line went wrong in the same way.
 * @returns the most severe first, and otherwise by file and line, whatever the order in which checks ended.
 */
export function failingPlaces(results: readonly CheckResult[], sameWay: (result: CheckResult) => string = whatWentWrong): FailingPlace[] {
  const bad = results.filter(({ status }) => status === 'failed' || status === 'error')
  const places = Map.groupBy(bad, (result) => `${kindOf(result)}\n${placeOf(result)}\n${sameWay(result)}`)
  return [...places.values()]
    .map((alike) => alike.toSorted((a, b) => (a.check.id < b.check.id ? -1 : 1)))
    .flatMap((alike) => (alike[0] === undefined ? [] : [{ first: alike[0], results: alike }]))
    .sort(compare)
}

/** Whatever goes wrong at one line is one place. */
export function anyWay(): string {
  return ''
}

/** `nft ipv4, nft ipv6`: where the checks of a place ran. */
export function describeWhere(results: readonly CheckResult[], areEnvironmentsMany: boolean): string {
  const places = results.map(({ check, environment }) =>
    [check.backend, check.family, ...(areEnvironmentsMany ? [`in ${environment}`] : [])].join(' '),
  )
  return [...new Set(places)].join(', ')
}

function whatWentWrong(result: CheckResult): string {
  const { check, observed, reason, decidedBy } = result
  return JSON.stringify([
    describeExpected(check),
    observed === undefined ? reason : describeObserved(observed),
    decidedBy && describeDeciding(decidedBy),
    describeDecidingLater(result),
  ])
}

function kindOf({ status, fault }: CheckResult): string {
  return status === 'error' ? (fault ?? 'sidetrack') : status
}

function placeOf({ check }: CheckResult): string {
  return `${check.location.file}:${check.location.line}`
}

function compare({ first: a }: FailingPlace, { first: b }: FailingPlace): number {
  const byGravity = gravity.indexOf(kindOf(a)) - gravity.indexOf(kindOf(b))
  if (byGravity !== 0) return byGravity
  const [one, other] = [a.check.location, b.check.location]
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return one.line - other.line || (a.check.id < b.check.id ? -1 : 1)
}
