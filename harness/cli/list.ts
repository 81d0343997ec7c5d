import { exitCodes, inputIssues } from '../core/errors.ts'
import { formatFlow } from '../flow/flow.ts'
import { fileId } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { toCaller } from './caller.ts'
import { command } from './command.ts'
import { flag } from './option.ts'
import { print, printJson } from './output.ts'
import { plural } from '../report/writing/plural.ts'
import { printBugs } from './list-bugs.ts'
import { bugsOption, scenarioArguments, selectBugs, selectScenarios } from './scenarios.ts'

export const list = command({
  positionals: '[SCENARIO...]',
  help: 'shows scenarios with their flows and tags; with no name, all',
  details: scenarioArguments,
  options: { bugs: bugsOption, json: flag('prints them as JSON') },
  async run({ values, positionals }) {
    const scenarios = values.bugs ? await selectBugs(positionals) : await selectScenarios(positionals)
    const { planJobs } = await import('../run/plan.ts')
    const { inputProblems } = await import('../run/input-problems.ts')
    const problems = await inputProblems(planJobs({ scenarios, backends: ['nft'] }).jobs)
    if (problems.length > 0) throw inputIssues(problems)
    if (values.bugs) await printBugs(scenarios, positionals.length === 0, values.json)
    else if (values.json) printJson(scenarios.map(asJson))
    else print(asText(scenarios))
    return exitCodes.ok
  },
})

function asText(scenarios: readonly Scenario[]): string {
  const flows = scenarios.reduce((sum, { flows }) => sum + flows.length, 0)
  const lines = scenarios.flatMap((scenario) => [
    `${scenario.mesh}/${fileId(scenario)} › ${scenario.title}${scenario.tags.map((tag) => ` [${tag}]`).join('')}`,
    ...scenario.flows.map(({ flow, expected }) => `  ${formatFlow(flow)}  ${expected.verdict}`),
  ])
  return [...lines, `${plural(scenarios.length, 'scenario')}, ${plural(flows, 'flow')}`, ''].join('\n')
}

function asJson(scenario: Scenario) {
  const { title, mesh, releases, tags, flows } = scenario
  return {
    file: toCaller(scenario.location.file),
    line: scenario.location.line,
    mesh,
    name: fileId(scenario),
    title,
    releases,
    tags,
    rules: scenario.rules,
    flows: flows.map(({ flow, expected, location }) => ({ flow: formatFlow(flow), expected, line: location.line })),
  }
}
