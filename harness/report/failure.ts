import type { EndedInitContainer } from '../flow/init-container.ts'
import { type Applied, atRule } from '../flow/ruleset.ts'
import type { CheckResult } from '../run/check.ts'
import { describeDeciding, describeDecidingLater, describeDivergence } from './deciding.ts'
import { compareJourneys } from './journey.ts'
import type { Paint } from './paint.ts'
import { printable } from './printable.ts'
import type { ReporterContext } from './reporter.ts'
import { rerunCommand } from './rerun.ts'
import { scenarioName } from './scenario-name.ts'
import { describeCheck, describeExpected, describeObserved } from './words.ts'

/**
 * Everything about a check that did not pass: what was sent, what was expected and seen, the pod's rules, how to run it alone.
 * @param rulesAbove whether the same rules have just been printed.
 */
export function describeFailure(result: CheckResult, context: ReporterContext, paint: Paint, rulesAbove = false): string {
  const { check, status, fault, reason, rules, observed, decidedBy = {}, evidence, evidenceFolder } = result
  const { location, scenario, backend, family } = check
  const applied = describeApplied(rules.applied)
  const label = status === 'error' ? `ERROR (${fault ?? 'sidetrack'})` : 'FAILED'
  const [deciding, later, divergence] = [describeDeciding(decidedBy), describeDecidingLater(result), describeDivergence(decidedBy)]
  const facts: [string, string][] = [
    ['expected', describeExpected(check)],
    ...(observed === undefined ? [] : [['observed', describeObserved(observed)] satisfies [string, string]]),
    ...(reason === undefined ? [] : [['reason', reason] satisfies [string, string]]),
    ...(observed?.notes ?? []).map((note): [string, string] => ['note', note]),
    ...(deciding === undefined ? [] : [['decided', `by ${deciding}`] satisfies [string, string]]),
    ...(later === undefined ? [] : [['and then', `by ${later}`] satisfies [string, string]]),
    ...(divergence === undefined ? [] : [['differs', divergence] satisfies [string, string]]),
    ['rules', [rules.source, applied].filter(Boolean).join(', ')],
    ['at', `${context.path(location.file)}:${location.line}`],
    ...(evidenceFolder === undefined ? [] : [['evidence', context.path(evidenceFolder)] satisfies [string, string]]),
  ]
  const lines = [
    `${paint(['red', 'bold'], label)} ${paint('bold', printable(scenarioName(scenario)))}`,
    `  ${printable(describeCheck(check))} ${paint('dim', `[${backend}, ${family}]`)}`,
    ...facts.map(([name, text]) => `  ${paint('dim', name.padEnd(8))}  ${indented(text, 12).trimStart()}`),
    ...(observed === undefined || observed.journey.length === 0 ? [] : ['', ...journeyLines(result, paint)]),
    ...(rulesAbove ? [] : initContainerLines(rules.initContainers?.at(-1), paint)),
    ...(evidence === undefined
      ? []
      : ['', `  ${paint('dim', "the pod's rules (iptables-save -c)")}`, indented(rulesAbove ? 'as above' : evidence.rules, 4)]),
    ...(evidence === undefined || evidence.conntrack.length === 0
      ? []
      : ['', `  ${paint('dim', 'conntrack')}`, indented(evidence.conntrack.join('\n'), 4)]),
    '',
    `  ${paint('dim', 'run only this check')}`,
    `    ${printable(rerunCommand(check, context))}`,
  ]
  return `${lines.join('\n')}\n`
}

function journeyLines({ check, observed }: CheckResult, paint: Paint): string[] {
  const rows = observed === undefined ? [] : compareJourneys(check.expected, observed)
  const head = { expected: 'expected journey', observed: 'observed journey', isDifference: false }
  const width = Math.max(...[head, ...rows].map(({ expected }) => expected.length))
  return [head, ...rows].map((row, index) => {
    const number = index === 0 ? ' ' : `${index}`
    const text = `${row.isDifference ? '>' : ' '} ${number} ${row.expected.padEnd(width)}   ${index === 0 ? ' ' : number} ${printable(row.observed)}`
    if (index === 0) return `  ${paint('dim', text)}`
    return `  ${row.isDifference ? paint('red', text) : text}`
  })
}

/** One that has failed, as the mesh's users would meet it. */
function initContainerLines(container: EndedInitContainer | undefined, paint: Paint): string[] {
  if (container === undefined || container.exitCode === 0) return []
  const { name, image, reason, exitCode, log } = container
  const state = [
    `${name}:`,
    `  Image:        ${image}`,
    '  State:        Terminated',
    `    Reason:     ${reason}`,
    `    Exit Code:  ${exitCode}`,
  ]
  return [
    '',
    `  ${paint('dim', `the init container (kubectl describe pod); the pod stays in Init:${reason}`)}`,
    indented(state.join('\n'), 4),
    '',
    `  ${paint('dim', `its log (kubectl logs -c ${printable(name)})`)}`,
    indented(log.trim() === '' ? 'nothing' : log, 4),
  ]
}

function describeApplied(applied: Applied | 'none' | undefined): string {
  if (applied === undefined) return ''
  if (applied === 'none') return 'none generated'
  if (applied.ok) return ''
  return printable(`rejected${atRule(applied)}: ${applied.message.trim()}`)
}

function indented(text: string, spaces: number): string {
  return printable(text.trimEnd())
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n')
}
