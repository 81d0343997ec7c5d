import { families, familyOf } from '../../core/address.ts'
import { asHarnessError, HarnessError, type Issue } from '../../core/errors.ts'
import { formatFlow } from '../../flow/flow.ts'
import { loadRules } from '../../iptables/ruleset/load.ts'
import { findMesh, isBuiltIn } from '../../mesh/index.ts'
import { absentListeners } from '../../scenario/listener-names.ts'
import { besideRules } from './beside-rules.ts'
import type { PodJob } from '../checks/pod-job.ts'
import { sourceRules } from './pod-rules.ts'
import { scenarioPod } from './scenario-pod.ts'

/**
 * Problems of scenarios that only show with their mesh or a rule reader: a config that the mesh refuses, literal rules
 * that cannot be read, a source address of another family than the flow.
 */
export async function inputProblems(jobs: readonly PodJob[]): Promise<Issue[]> {
  const first = new Map<PodJob['scenario'], PodJob>()
  // All backends get the same rules.
  for (const job of jobs) if (!first.has(job.scenario)) first.set(job.scenario, job)
  const own = [...first.values()]
  const rules = await Promise.all(own.map(rulesProblems))
  return [...rules.flat(), ...own.flatMap(absent), ...own.flatMap(({ checks }) => checks.flatMap(sourceProblem))]
}

/** Listeners that flows name and this release or config does not have. */
const absent = ({ scenario, profile }: PodJob): Issue[] =>
  absentListeners(profile, scenario.flows).map(({ at, what, hint }) => ({
    ...at,
    what: `scenario '${scenario.title}', ${what}`,
    hint,
  }))

async function rulesProblems(job: PodJob): Promise<Issue[]> {
  const { scenario, profile } = job
  const { rules, mesh, location, title } = scenario
  const told = (thrown: unknown, field: string): Issue[] => {
    const error = readableError(thrown)
    if (error.fault !== 'input') return []
    const all =
      error.issues.length === 0
        ? [error]
        : error.issues.map(({ file, what, hint }) => ({ message: `${file}: ${what}`, hint }))
    return all.map(({ message, hint }) => {
      const what = message.replace(`${location.file}:${location.line}, `, '')
      if (scenario.bug?.text !== undefined && field !== '') return inFile(scenario, what, hint)
      return { ...location, what: `scenario '${title}', ${field}${what}`, ...(hint !== undefined && { hint }) }
    })
  }
  try {
    await besideRules(job, scenarioPod(scenario, job.source))
  } catch (thrown) {
    return told(thrown, '')
  }
  try {
    const known = findMesh(mesh)
    // The options of any other mesh are not known.
    if (isBuiltIn(known)) known.validate(profile.release, { config: {}, podAnnotations: {}, ...rules })
    if (rules.kind === 'text') {
      const texts = (await Promise.all(sourceRules(job, scenarioPod(scenario, job.source)))).filter(
        (text) => text !== undefined,
      )
      // A scenario may be about a rule that iptables refuses, but not about text that cannot be read.
      for (const family of families) loadRules(texts, family)
    }
    return []
  } catch (thrown) {
    return told(thrown, 'rules: ')
  }
}

/**
 * A problem with the text of a bug file's rules, at its place in that file. @param what begins with the place in the
 * text.
 */
function inFile(
  { location: { file, line }, title, bug }: PodJob['scenario'],
  what: string,
  hint: string | undefined,
): Issue {
  const [, row, column, rest] = /^line (\d+)(?:, column (\d+))?: (.*)$/s.exec(what) ?? []
  const at = row === undefined ? undefined : bug?.text
  const said =
    at === undefined || column === undefined ? (rest ?? what) : `column ${Number(column) + at.column}: ${rest}`
  return {
    file,
    line: at === undefined ? line : at.line + Number(row) - 1,
    what: `${title}.rules: ${said}`,
    ...(hint !== undefined && { hint }),
  }
}

/**
 * A RangeError means that the rules are too large for the JavaScript engine. Any other fault of ours shows when the
 * scenario runs.
 */
function readableError(thrown: unknown): HarnessError {
  if (!(thrown instanceof RangeError)) return asHarnessError(thrown)
  return new HarnessError('input', `they are too large to be read (${thrown.message})`, { cause: thrown })
}

function sourceProblem({ flow, family, location }: PodJob['checks'][number]): Issue[] {
  const address = flow?.source?.address
  if (flow === undefined || address === undefined || familyOf(address) === family) return []
  const what = `${formatFlow(flow)} goes over ${family}, and ${address} is no address of it`
  return [{ ...location, what, hint: "write a destination of its family, or 'families'" }]
}
