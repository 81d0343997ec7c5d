import type { ExpectedFlow, Location, Scenario } from './scenario.ts'

/** What the DSL itself has made, and so has checked. */
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

/** The scenarios that are made while something goes on, such as loading a file. */
export async function scenariosMadeBy(work: () => Promise<unknown>): Promise<readonly Scenario[]> {
  const made: Scenario[] = []
  underWay = made
  await work()
  underWay = undefined
  return made
}

/** @param location where the flow is written that still lacks its expectation. */
export function recordDraft<T extends object>(draft: T, location: Location): T {
  drafts.set(draft, location)
  return draft
}

export const isFlow = (value: unknown): value is ExpectedFlow => flows.has(value as object)
export const isScenario = (value: unknown): value is Scenario => scenarios.has(value as object)

/** @returns where the flow is written, if it is one that lacks its expectation. */
export function draftLocation(value: unknown): Location | undefined {
  return typeof value === 'object' && value !== null ? drafts.get(value) : undefined
}
