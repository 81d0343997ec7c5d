import type { ExpectedFlow, Location, Scenario } from './scenario.ts'

/** Flows and scenarios that the DSL made, and so checked. */
const flows = new WeakSet<object>()
const scenarios = new WeakSet<object>()
let underWay: Scenario[] | undefined
const drafts = new WeakMap<object, Location>()

export function recordFlow(flow: ExpectedFlow): ExpectedFlow {
  flows.add(flow)
  return flow
}

export function recordScenario(scenario: Scenario): Scenario {
  scenarios.add(scenario)
  underWay?.push(scenario)
  return scenario
}

/** The scenarios that are made during some work, such as loading a file. */
export async function scenariosMadeBy(work: () => Promise<unknown>): Promise<readonly Scenario[]> {
  const made: Scenario[] = []
  underWay = made
  await work()
  underWay = undefined
  return made
}

/** Records a flow that still lacks its expectation. @param location where it is written. */
export function recordDraft<T extends object>(draft: T, location: Location): T {
  drafts.set(draft, location)
  return draft
}

export const isFlow = (value: unknown): value is ExpectedFlow => flows.has(value as object)
export const isScenario = (value: unknown): value is Scenario => scenarios.has(value as object)

/** @returns where a flow without expectation is written; undefined for anything else. */
export function draftLocation(value: unknown): Location | undefined {
  return typeof value === 'object' && value !== null ? drafts.get(value) : undefined
}
