import type { CheckResult } from '../../run/checks/check.ts'
import { failureFacts, journeyFact, rerunFact } from '../describing/failure-facts.ts'
import { describeCheck } from '../describing/describe-check.ts'
import { plural } from '../../core/plural.ts'
import { oneLine, printable } from '../writing/printable.ts'
import type { Reporter, ReporterContext } from './reporter.ts'
import { scenarioName } from '../describing/scenario-name.ts'

/** TAP 14 (testanything.org): a test point a check, with YAML diagnostics where it did not pass. */
export const tap: Reporter = (output, context) => {
  let count = 0
  return (event) => {
    switch (event.type) {
      case 'start':
        output.write('TAP version 14\n')
        break
      case 'result':
        count += 1
        output.write(testPoint(count, event.result) + diagnostics(event.result, context))
        break
      case 'notice':
        output.write(`# ${oneLine(event.text)}\n`)
        break
      case 'end':
        if (event.summary.leftOut > 0) output.write(`# ${plural(event.summary.leftOut, 'scenario')} left out\n`)
        if (event.error !== undefined)
          output.write(`${event.error.issues.length > 0 ? '# left out:' : 'Bail out!'} ${oneLine(event.error.line)}\n`)
        else if (event.interrupted) output.write('Bail out! interrupted\n')
        else output.write(`1..${count}\n`)
    }
  }
}

function testPoint(number: number, { check, status, reason = '' }: CheckResult): string {
  const directive = status === 'skipped' ? ` # SKIP ${escaped(reason)}`.trimEnd() : ''
  const ok = status === 'passed' || status === 'skipped' ? 'ok' : 'not ok'
  return `${ok} ${number} - ${escaped(`${scenarioName(check.scenario)} › ${describeCheck(check)} [${check.backend}, ${check.family}]`)}${directive}\n`
}

function diagnostics(result: CheckResult, context: ReporterContext): string {
  const { check, status, fault, evidence } = result
  if (status === 'passed' || status === 'skipped') return ''
  const fields: [string, string | undefined][] = [
    ['id', check.id],
    ['fault', fault],
    // `rules` are the pod's, as they have always been.
    ...[...failureFacts(result, context), ...journeyFact(result)].map(({ name, text }): [string, string] => [
      name === 'rules' ? 'source' : name,
      text,
    ]),
    ['rules', evidence?.rules],
    ['conntrack', evidence?.conntrack.join('\n')],
    ['rerun', rerunFact(result, context).text],
  ]
  const lines = fields.flatMap(([name, text]) =>
    text === undefined || text === '' ? [] : blockScalar(name, printable(text)),
  )
  return ['  ---', ...lines, '  ...', ''].join('\n')
}

/** The indentation is written out (`|2-`): a text may begin with spaces of its own. */
function blockScalar(name: string, text: string): string[] {
  return [
    `  ${name}: |2-`,
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
  ]
}

function escaped(text: string): string {
  return oneLine(text).replace(/[\\#]/g, '\\$&')
}
