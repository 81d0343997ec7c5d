import type { ListenerName } from '../flow/verdict.ts'
import { meshes } from '../mesh/index.ts'
import { callSite } from '../input/call-site.ts'
import { isObject, problemsOf, shown } from '../input/fields.ts'
import { loadingOf, topologyOf } from './from-input.ts'
import { type ScenarioInput, scenarioSchema, titleSchema } from './input.ts'
import { complain, unusable } from '../input/issues.ts'
import { listenerProblems } from './listener-names.ts'
import { draftLocation, isFlow, recordScenario } from './registry.ts'
import { placeProblems, repeatedFlows } from './places.ts'
import type { ExpectedFlow, Location, Scenario } from './scenario.ts'

type Complain = (what: string, hint?: string, at?: Location) => void

/**
 * Defines a scenario: its rules, its topology and flows with their verdicts, as data.
 * @throws HarnessError (`input`) naming file and line of all that does not fit; while files are loaded it is kept
 * (`collectIssues`).
 */
export function scenario<Listeners extends ListenerName>(
  title: string,
  input: ScenarioInput<Listeners>,
  ...more: never[]
): Scenario {
  const location = callSite()
  let isRight = true
  const refuse: Complain = (what, hint, at = location) => {
    isRight = false
    complain(at, what, hint)
  }
  const say: Complain = (what, hint, at) => refuse(`scenario ${shown(title)}, ${what}`, hint, at)
  for (const problem of problemsOf(titleSchema, title)) refuse(problem)
  if (more.length > 0) say('it takes a title and one object, and was given more')
  for (const problem of problemsOf(scenarioSchema, input)) say(problem)
  const written = isObject(input) ? (input as Partial<Record<keyof ScenarioInput, unknown>>) : {}
  const all: readonly unknown[] = Array.isArray(written.flows) ? written.flows : []
  const flows = all.filter((flow, index) => isUsable(flow, index, say))
  for (const { what, hint, at } of [...placeProblems(written, flows), ...repeatedFlows(flows)])
    (at ? refuse : say)(what, hint, at)
  const { mesh } = isObject(written.rules) ? written.rules : {}
  if (typeof mesh === 'string' && meshes.has(mesh))
    for (const { what, hint, at } of listenerProblems(mesh, flows)) refuse(what, hint, at)
  return isRight && flows.length === all.length ? recordScenario(build(title, location, input)) : unusable
}

/** A flow must come from the DSL. One that could not be made has been reported already. */
function isUsable(flow: unknown, index: number, say: Complain): flow is ExpectedFlow {
  if (isFlow(flow)) return true
  if (flow === unusable) return false
  const draft = draftLocation(flow)
  if (draft !== undefined) say(`flows.${index}: a flow lacks its expectation, such as .isDirect()`, undefined, draft)
  else say(`flows.${index}: ${shown(flow)} is no flow`, `write app.tcp('peer:80').isDirect() or the like`)
  return false
}

function build(title: string, location: Location, input: ScenarioInput): Scenario {
  const { mesh, ...rules } = input.rules
  return {
    title,
    location,
    mesh,
    rules,
    ...loadingOf(input),
    ...topologyOf(input),
    tags: input.tags ?? [],
    ...(input.timeout !== undefined && { timeout: input.timeout }),
    flows: input.flows,
  }
}
