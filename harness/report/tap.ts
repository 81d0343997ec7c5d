import type { CheckResult } from '../run/check.ts'
import { describeDeciding, describeDecidingLater } from './deciding.ts'
import { describeCheck, describeExpected, describeHop, describeObserved } from './words.ts'
import { oneLine, printable } from './printable.ts'
import type { Reporter } from './reporter.ts'
import { rerunCommand } from './rerun.ts'
import { scenarioName } from './scenario-name.ts'

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
        output.write(
          testPoint(count, event.result) + diagnostics(event.result, (result) => rerunCommand(result.check, context), context.path),
        )
        break
      case 'notice':
        output.write(`# ${oneLine(event.text)}\n`)
        break
      case 'end':
        if (event.summary.leftOut > 0) output.write(`# ${event.summary.leftOut} scenarios left out\n`)
        if (event.error !== undefined) output.write(`Bail out! ${oneLine(event.error.line)}\n`)
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

function diagnostics(result: CheckResult, rerun: (result: CheckResult) => string, path: (file: string) => string): string {
  const { check, status, fault, reason, observed, decidedBy, evidence } = result
  if (status === 'passed' || status === 'skipped') return ''
  const fields: [string, string | undefined][] = [
    ['id', check.id],
    ['at', `${path(check.location.file)}:${check.location.line}`],
    ['fault', fault],
    ['reason', reason],
    ['expected', describeExpected(check)],
    ['observed', observed && describeObserved(observed)],
    ['decided by', decidedBy && describeDeciding(decidedBy)],
    ['then by', describeDecidingLater(result)],
    ['journey', observed?.journey.map(describeHop).join('\n')],
    ['notes', observed?.notes?.join('\n')],
    ['rules', evidence?.rules],
    ['conntrack', evidence?.conntrack.join('\n')],
    ['rerun', rerun(result)],
  ]
  const lines = fields.flatMap(([name, text]) => (text === undefined || text === '' ? [] : blockScalar(name, printable(text))))
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
