import { isBuiltIn, meshes } from '../../mesh/index.ts'
import type { ProfileRequest } from '../../mesh/mesh.ts'
import type { Profile } from '../../mesh/profile.ts'
import { fileId } from '../../scenario/load.ts'
import type { PodJob } from '../checks/pod-job.ts'

/** So many lines are read; more are counted. */
const most = 3

/** What a config says and its mesh does not do: a line each, `warning: …`. */
export function configWarnings(
  { mesh: name, release }: Profile,
  request: Pick<ProfileRequest, 'config' | 'podAnnotations'>,
): string[] {
  const mesh = meshes.get(name)
  const warnings = mesh !== undefined && isBuiltIn(mesh) ? (mesh.warnings?.(release, request) ?? []) : []
  return warnings.map((warning) => `warning: ${warning}`)
}

/**
 * The same of the configs of scenarios, each once, whatever runs it.
 * @param saysAll otherwise many are counted in one line.
 */
export function scenarioWarnings(jobs: readonly PodJob[], saysAll = false): string[] {
  const first = new Map(jobs.map((job) => [job.scenario, job]))
  const lines = [...first.values()].flatMap(({ scenario, profile }) => {
    const { rules, mesh, location } = scenario
    const where = `${mesh}/${fileId(scenario)}:${location.line}`
    return rules.kind === 'config'
      ? configWarnings(profile, rules).map((line) => line.replace(': ', `: ${where}: `))
      : []
  })
  if (saysAll || lines.length <= most) return lines
  return [`warning: ${lines.length} configs of scenarios say what their mesh does not do; --verbose lists them`]
}
