import { fileId } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'

/** The file of a scenario as ids begin with it: `osm/loopback`. */
export function fileName(scenario: Scenario): string {
  return `${scenario.mesh}/${fileId(scenario)}`
}

/** `osm/loopback › the title`. */
export function scenarioName(scenario: Scenario): string {
  return `${fileName(scenario)} › ${scenario.title}`
}
