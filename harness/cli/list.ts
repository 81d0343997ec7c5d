import { exitCodes, inputIssues } from '../core/errors.ts'
import { formatFlow } from '../flow/flow.ts'
import { fileId } from '../scenario/load.ts'
import { isWanted } from '../run/checks/selected.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { toCaller } from './command/caller.ts'
import { command } from './command/command.ts'
import { flag, optional, regularExpression } from './command/option.ts'
import type { ListReport } from './list/schema.ts'
import { print, printJson } from './command/output.ts'
import { plural } from '../core/plural.ts'
import { printBugs } from './list/bugs.ts'
import { bugsOption, scenarioArguments, selectBugs, selectScenarios } from './options/scenarios.ts'
import { selectionOptions } from './options/selection.ts'

export const list = command({
  positionals: '[SCENARIO...]',
  help: 'shows scenarios with their flows and tags; with no name, all',
  details: scenarioArguments,
  project: (given) => (given.has('bugs') ? [] : ['scenarios']),
  options: {
    bugs: bugsOption,
    grep: optional('RE', 'only scenarios whose name or title matches', regularExpression),
    tag: selectionOptions.tag,
    json: flag('prints them as JSON'),
  },
  async run({ values, positionals, projectScenarios }) {
    const { scenarios: all, broken } = values.bugs
      ? { scenarios: await selectBugs(positionals), broken: [] }
      : await selectScenarios(positionals, { project: projectScenarios })
    const { planJobs } = await import('../run/plan/plan.ts')
    const { inputProblems } = await import('../run/plan/input-problems.ts')
    const issues = [...broken, ...(await inputProblems(planJobs({ scenarios: all, backends: ['nft'] }).jobs))]
    const wrong = new Set(issues.map(({ file }) => file))
    const { grep, tag } = values
    const scenarios = all.filter((scenario) => !wrong.has(scenario.location.file) && isListed(scenario, grep, tag))
    if (scenarios.length === 0 && issues.length > 0) throw inputIssues(issues)
    if (values.bugs) await printBugs(scenarios, positionals.length === 0, values.json)
    else if (values.json) printJson(scenarios.map(asJson))
    else print(asText(scenarios))
    if (issues.length > 0) throw inputIssues(issues)
    return exitCodes.ok
  },
})

/** As `run` selects scenarios; it knows flows by their ids besides. */
const isListed = (scenario: Scenario, grep: RegExp | undefined, tags: readonly string[]): boolean =>
  isWanted({ id: `${scenario.mesh}/${fileId(scenario)}` }, scenario, {
    ...(grep && { grep }),
    ...(tags.length > 0 && { tags }),
  })

function asText(scenarios: readonly Scenario[]): string {
  const flows = scenarios.reduce((sum, { flows }) => sum + flows.length, 0)
  const lines = scenarios.flatMap((scenario) => [
    `${scenario.mesh}/${fileId(scenario)} › ${scenario.title}${scenario.tags.map((tag) => ` [${tag}]`).join('')}`,
    ...scenario.flows.map(({ flow, expected }) => `  ${formatFlow(flow)}  ${expected.verdict}`),
  ])
  return [...lines, `${plural(scenarios.length, 'scenario')}, ${plural(flows, 'flow')}`, ''].join('\n')
}

function asJson(scenario: Scenario): ListReport[number] {
  const { title, mesh, releases, tags, flows } = scenario
  return {
    file: toCaller(scenario.location.file),
    line: scenario.location.line,
    mesh,
    name: fileId(scenario),
    title,
    releases,
    tags: [...tags],
    rules: scenario.rules,
    flows: flows.map(({ flow, expected, location }) => ({
      flow: formatFlow(flow),
      expected: { ...expected },
      line: location.line,
    })),
  }
}
