import { familyOf } from '../core/address.ts'
import { asHarnessError, HarnessError, type Issue } from '../core/errors.ts'
import { formatFlow } from '../flow/flow.ts'
import { findMesh } from '../mesh/index.ts'
import type { PodJob } from './plan.ts'
import { sourceRules } from './pod-rules.ts'
import { Surroundings } from './surroundings.ts'

/**
 * What is wrong with scenarios that only their mesh can say, or whoever reads rules: a config that is none of the mesh's, literal
 * rules that cannot be read, a source address of another family than the flow.
 */
export async function inputProblems(jobs: readonly PodJob[]): Promise<Issue[]> {
  // Every backend is given the same.
  const first = new Map(jobs.map((job) => [job.scenario, job] as const).toReversed()).values()
  const rules = await Promise.all([...first].map(rulesProblem))
  return [...rules.flatMap((issue) => issue ?? []), ...jobs.flatMap(({ checks }) => checks.flatMap(sourceProblem))]
}

async function rulesProblem(job: PodJob): Promise<Issue | undefined> {
  const { scenario, profile } = job
  const { rules, mesh, location, title } = scenario
  try {
    if (rules.kind === 'config') findMesh(mesh).validate(profile.release, rules)
    else await Promise.all(sourceRules(job, new Surroundings(scenario)))
    return undefined
  } catch (thrown) {
    const error = readableError(thrown)
    if (error.fault !== 'input') return undefined
    const what = error.message.replace(`${location.file}:${location.line}, `, '')
    return { ...location, what: `scenario '${title}', rules: ${what}`, ...(error.hint !== undefined && { hint: error.hint }) }
  }
}

/** What a reader's own bounds do not catch, the engine's do. Any other fault of ours is told where the scenario runs. */
function readableError(thrown: unknown): HarnessError {
  if (!(thrown instanceof RangeError)) return asHarnessError(thrown)
  return new HarnessError('input', `cannot be read, they are too large or too deep (${thrown.message})`, { cause: thrown })
}

function sourceProblem({ flow, family, location }: PodJob['checks'][number]): Issue[] {
  const address = flow?.source?.address
  if (flow === undefined || address === undefined || familyOf(address) === family) return []
  const what = `${formatFlow(flow)} goes over ${family}, and ${address} is no address of it`
  return [{ ...location, what, hint: "write a destination of its family, or 'families'" }]
}
