import type { Issue } from '../../core/errors.ts'
import { isDeepStrictEqual } from 'node:util'
import { problemsAt } from '../../input/fields.ts'
import { findMesh } from '../../mesh/index.ts'
import type { RulesSpec } from '../../mesh/rules.ts'
import { listenerProblems } from '../listener-names.ts'
import { loadingOf, topologyOf } from '../from-input.ts'
import { placeProblems, repeatedFlows } from '../places.ts'
import { includesRelease, parseReleases } from '../releases.ts'
import type { Scenario } from '../scenario.ts'
import { type BugFlow, bugFlow } from './bug-flows.ts'
import { type BugInput, bugSchema } from './bug-schema.ts'
import type { Places } from './places.ts'
import { limits, readYaml } from './read-yaml.ts'

/** The states that a bug file describes, by the titles of their scenarios. */
const states = ['broken', 'mended'] as const
type State = (typeof states)[number]

/**
 * Reads a bug file: a scenario for the broken ruleset and one for the mended, or all that is wrong with the file.
 * @param file its absolute path, as issues have it.
 */
export function readBug(file: string, text: string): { scenarios: Scenario[] } | { issues: readonly Issue[] } {
  const read = readYaml(file, text)
  if ('issues' in read) return read
  const { value, places } = read
  const wrong = problemsAt(bugSchema, value).map(
    ({ keys, text: what }): Issue => ({ file, line: places.lineOf(keys), what, ...hintFor(what) }),
  )
  if (wrong.length > 0)
    return { issues: wrong.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)).slice(0, limits.issues) }
  const bug = value as BugInput
  const flows = bug.flows.map((given, index) => bugFlow(given, { file, line: places.lineOf(['flows', index]) }))
  const problems = meaningProblems(bug, flows, file, places)
  if (problems.length > 0) return { issues: problems.slice(0, limits.issues) }
  return { scenarios: states.map((state) => scenarioOf(bug, state, flows, file, places)) }
}

/** How YAML writes what is most often left out. */
function hintFor(what: string): { hint: string } | undefined {
  if (/: -?[\d.]+ is no text$/.test(what)) return { hint: 'put it in quotes' }
  return /' is no list$/.test(what) ? { hint: 'put it in brackets' } : undefined
}

/** What each field by itself does not show. */
function meaningProblems(bug: BugInput, flows: readonly BugFlow[], file: string, places: Places): Issue[] {
  const broken = flows.map((flow) => flow.broken)
  const mended = flows.map((flow) => flow.mended)
  const found = [
    ...placeProblems(bug as unknown as Readonly<Record<string, unknown>>, broken),
    ...repeatedFlows(broken),
    ...listenerProblems(bug.mesh, [...broken, ...mended]),
  ]
  const issues = found.map(
    ({ what, hint, at }): Issue => ({ file, line: at?.line ?? 1, what, ...(hint !== undefined && { hint }) }),
  )
  issues.push(...states.flatMap((state) => releaseIssue(bug, state, file, places)))
  const isSame = flows.every((flow) => isDeepStrictEqual(flow.broken.expected, flow.mended.expected))
  if (isSame && isDeepStrictEqual(bug.broken.applies, bug.mended.applies))
    issues.push({
      file,
      line: places.lineOf(['flows']),
      what: 'flows: of none is the broken verdict another than the right one',
      hint: 'add the flow that the report is about',
    })
  return issues
}

/** A state of which no release is known would be left out of every run. */
function releaseIssue(bug: BugInput, state: State, file: string, places: Places): Issue[] {
  const { release } = bug[state]
  const { title, releases } = findMesh(bug.mesh)
  if (release === undefined || releases.some((known) => includesRelease(parseReleases(release), known))) return []
  const isOne = releases.every((known) => known === '')
  const what = isOne ? `releases of ${title} are not told apart` : `${title} has no such release here: ${release}`
  const hint = isOne ? 'leave it out' : `known are ${releases.join(', ')}`
  return [{ file, line: places.lineOf([state, 'release']), what: `${state}.release: ${what}`, hint }]
}

function scenarioOf(bug: BugInput, state: State, flows: readonly BugFlow[], file: string, places: Places): Scenario {
  const { [state]: side, reports, fixedBy, says, mesh } = bug
  const textAt = side.rules === undefined ? undefined : places.textAt([state, 'rules'])
  return {
    title: state,
    location: { file, line: places.lineOf([state]) },
    mesh,
    rules: rulesOf(side),
    ...loadingOf({ ...side, releases: side.release, beside: side.beside as Scenario['beside'] }),
    ...topologyOf({ ...bug, proxy: side.proxy ?? bug.proxy }),
    tags: reports,
    flows: flows.map((flow) => flow[state]),
    bug: {
      reports,
      ...(fixedBy !== undefined && { fixedBy }),
      says,
      state: bug.state,
      ...(textAt && { text: textAt }),
    },
  }
}

function rulesOf({ rules, config = {}, podAnnotations = {} }: BugInput[State]): RulesSpec {
  return rules === undefined
    ? { kind: 'config', config, podAnnotations }
    : { kind: 'text', text: rules, isPasted: true, config, podAnnotations }
}
