import { formatFlow } from '../../flow/flow.ts'
import { describeExpected } from '../../report/describing/describe-check.ts'
import { plural } from '../../core/plural.ts'
import { fileId } from '../../scenario/load.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { toCaller } from '../command/caller.ts'
import { print, printJson } from '../command/output.ts'
import { selectScenarios } from '../options/scenarios.ts'

/**
 * How scenarios of the suite name the reports that they are about: `istio#27202`,
 * `aws-app-mesh-controller-for-k8s#600`.
 */
const reportTag = /^[\w.-]+#\d+$/

/** A bug file: its two scenarios have the same flows. */
interface Bug {
  broken: Scenario
  mended: Scenario
}

/**
 * Prints bug files with what has become of each bug.
 * @param scenarios two of each file. @param isAll the suite's own scenarios that reports have led to are listed as
 * well.
 */
export async function printBugs(scenarios: readonly Scenario[], isAll: boolean, isJson: boolean): Promise<void> {
  const bugs = [...Map.groupBy(scenarios, ({ location }) => location.file).values()].flatMap(
    ([broken, mended]): Bug[] => (broken === undefined || mended === undefined ? [] : [{ broken, mended }]),
  )
  if (isJson) return printJson(bugs.map(asJson))
  const suite = isAll
    ? (await selectScenarios([])).scenarios.filter(({ tags }) => tags.some((tag) => reportTag.test(tag)))
    : []
  print([...bugs.flatMap(asLines), ...suiteLines(suite), `${plural(bugs.length, 'bug')}`, ''].join('\n'))
}

function asLines({ broken, mended }: Bug): string[] {
  const { reports = [], fixedBy, says = '', state = '' } = broken.bug ?? {}
  return [
    `bugs/${fileId(broken)}  ${state}${fixedBy === undefined ? '' : ` by ${fixedBy}`}  ${reports.join(' ')}`,
    `  ${says}`,
    ...broken.flows.map(({ flow, expected }, index) => {
      const right = mended.flows[index]?.expected ?? expected
      const [was, is] = [describeExpected({ expected }), describeExpected({ expected: right })]
      return `    ${formatFlow(flow)}  ${was === is ? `${was}, broken or mended` : `broken ${was}, right ${is}`}`
    }),
  ]
}

function suiteLines(scenarios: readonly Scenario[]): string[] {
  if (scenarios.length === 0) return []
  return [
    'scenarios of the suite that reports have led to:',
    ...scenarios.map(
      (scenario) =>
        `  ${scenario.mesh}/${fileId(scenario)} › ${scenario.title}  ${scenario.tags.filter((tag) => reportTag.test(tag)).join(' ')}`,
    ),
  ]
}

function asJson({ broken, mended }: Bug) {
  const { reports, fixedBy, says, state } = broken.bug ?? {}
  return {
    file: toCaller(broken.location.file),
    name: fileId(broken),
    mesh: broken.mesh,
    reports,
    fixedBy,
    says,
    state,
    flows: broken.flows.map(({ flow, expected, location }, index) => ({
      flow: formatFlow(flow),
      broken: expected,
      right: mended.flows[index]?.expected,
      line: location.line,
    })),
  }
}
