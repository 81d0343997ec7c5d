import type { CheckResult } from '../../run/checks/check.ts'
import type { RunEvent } from '../../run/schedule/events.ts'
import { failureFacts, journeyFact, rerunFact } from '../describing/failure-facts.ts'
import type { Reporter, ReporterContext } from './reporter.ts'
import { fileName } from '../describing/scenario-name.ts'
import { describeCheck, describeExpected } from '../describing/describe-check.ts'
import { describeObserved } from '../describing/describe-observed.ts'
import { attributes, xml } from '../writing/xml.ts'

interface Counts {
  tests: number
  failures: number
  errors: number
  skipped: number
  time: string
}

/**
 * JUnit's XML as Jenkins, GitLab and Surefire read it: a test suite for each mesh × backend × family, a test case a
 * check.
 */
export const junit: Reporter = (output, context) => {
  const suites = new Map<string, CheckResult[]>()
  let timestamp = ''
  let areEnvironmentsMany = false
  return (event) => {
    if (event.type === 'start') {
      timestamp = event.startedAt.toISOString().replace(/\.\d+Z$/, '')
      areEnvironmentsMany = event.environments.length > 1
    }
    if (event.type === 'result') {
      const { check, environment } = event.result
      const name = [
        check.scenario.mesh,
        check.backend,
        check.family,
        ...(areEnvironmentsMany ? [environment] : []),
      ].join(' ')
      const suite = suites.get(name)
      if (suite === undefined) suites.set(name, [event.result])
      else suite.push(event.result)
    }
    if (event.type !== 'end') return
    const all = [...suites.values()].flat()
    const share = shareOf(all, event.durationMs)
    const written = [...suites].map(([name, results]) => testSuite(name, results, share, timestamp, context))
    const ended = brokenOff(event, timestamp)
    const totals = countsOf(all, share, ended === undefined ? 0 : 1)
    const { skipped: _, ...root } = totals
    output.write(`<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes({ name: 'sidetrack', ...root })}>\n`)
    output.write([...written, ...(ended === undefined ? [] : [ended])].join(''))
    output.write('</testsuites>\n')
  }
}

/**
 * A run that did not come to its own end is an error of its own: a viewer knows no other way to say that something is
 * missing.
 */
function brokenOff({ interrupted, error }: Extract<RunEvent, { type: 'end' }>, timestamp: string): string | undefined {
  if (!interrupted && error === undefined) return undefined
  const message = error?.line ?? 'interrupted'
  const counts = attributes({ name: 'run', tests: 1, failures: 0, errors: 1, skipped: 0, time: '0.000', timestamp })
  const fault = `<error${attributes({ message, type: error?.fault ?? 'interrupted' })}/>`
  return `  <testsuite${counts}>\n    <testcase name="the run" classname="sidetrack" time="0.000">${fault}</testcase>\n  </testsuite>\n`
}

function testSuite(
  name: string,
  results: readonly CheckResult[],
  share: number,
  timestamp: string,
  context: ReporterContext,
): string {
  const cases = results.map((result) => testCase(result, share, context)).join('')
  return `  <testsuite${attributes({ name, ...countsOf(results, share), timestamp })}>\n${cases}  </testsuite>\n`
}

function countsOf(results: readonly CheckResult[], share: number, furtherErrors = 0): Counts {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length
  return {
    tests: results.length + furtherErrors,
    failures: count('failed'),
    errors: count('error') + furtherErrors,
    skipped: count('skipped'),
    time: seconds(sumOf(results) * share),
  }
}

function testCase(result: CheckResult, share: number, context: ReporterContext): string {
  const { check, durationMs } = result
  const name = `${check.scenario.title} › ${describeCheck(check)} [${check.backend}, ${check.family}]`
  const open = attributes({ name, classname: fileName(check.scenario), time: seconds(durationMs * share) })
  const outcome = outcomeOf(result, context)
  return outcome === '' ? `    <testcase${open}/>\n` : `    <testcase${open}>${outcome}</testcase>\n`
}

function outcomeOf(result: CheckResult, context: ReporterContext): string {
  const { check, status, fault, reason, observed } = result
  switch (status) {
    case 'passed':
      return ''
    case 'skipped':
      return `<skipped${attributes({ message: reason ?? 'skipped' })}/>`
    case 'failed': {
      const seen = observed === undefined ? 'nothing was observed' : describeObserved(observed)
      const message = reason ?? `expected ${describeExpected(check)}, observed ${seen}`
      return `<failure${attributes({ message, type: 'verdict' })}>${details(result, context)}</failure>`
    }
    case 'error':
      return `<error${attributes({ message: reason ?? 'could not be run', type: fault ?? 'sidetrack' })}>${details(result, context)}</error>`
  }
}

function details(result: CheckResult, context: ReporterContext): string {
  const { check, evidence } = result
  const facts: { name: string; text: string }[] = [
    { name: 'id', text: check.id },
    ...failureFacts(result, context),
    ...journeyFact(result),
    rerunFact(result, context),
    ...(evidence === undefined ? [] : [{ name: "the pod's rules", text: `\n${evidence.rules.trimEnd()}` }]),
  ]
  return xml(facts.map(({ name, text }) => `${name}: ${text}`).join('\n')).replaceAll('&#10;', '\n')
}

/**
 * What one millisecond of a check's is of the run's own: pods are under way beside each other, so that their times add
 * up to more than the run took, and viewers add up.
 */
function shareOf(results: readonly CheckResult[], durationMs: number): number {
  const sum = sumOf(results)
  return sum === 0 ? 1 : durationMs / sum
}

function sumOf(results: readonly CheckResult[]): number {
  return results.reduce((sum, { durationMs }) => sum + durationMs, 0)
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}
