import { fileId, groupOf } from '../../scenario/load.ts'
import type { ScenarioName } from '../../scenario/scenario.ts'

/** The file of a scenario as ids begin with it: `osm/loopback`. */
export function fileName(scenario: ScenarioName): string {
  return `${groupOf(scenario)}/${fileId(scenario)}`
}

/** `osm/loopback › the title`. */
export function scenarioName(scenario: ScenarioName): string {
  return `${fileName(scenario)} › ${scenario.title}`
}
