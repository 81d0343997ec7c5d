import type { EndedInitContainer } from '../../flow/init-container.ts'
import type { CheckResult } from '../../run/checks/check.ts'
import { factLines } from './fact-lines.ts'
import { failureFacts, rerunFact } from '../describing/failure-facts.ts'
import { journeyLines } from './journey-lines.ts'
import { describeNearMisses } from '../describing/near-misses.ts'
import type { Paint } from '../writing/paint.ts'
import { printable } from '../writing/printable.ts'
import type { Caller } from '../describing/caller.ts'
import { rulesOnTheWay } from './rules-on-the-way.ts'
import { scenarioName } from '../describing/scenario-name.ts'
import { describeCheck } from '../describing/describe-check.ts'

/** How the pod's rules are shown: whole, those on the flow's way, or not again. */
type RulesShown = 'all' | 'on the way' | 'as above'

/** Lines of rules that a screen has room for. */
const mostRules = 25
const mostNearMisses = 10

/**
 * Everything about a check that did not pass: what was sent, what was expected and seen, the pod's rules, how to run it
 * alone.
 */
export function describeFailure(
  result: CheckResult,
  caller: Caller,
  paint: Paint,
  shown: RulesShown = 'all',
  columns?: number,
): string {
  const { check, status, fault, rules, observed, evidence } = result
  const { scenario, backend, family } = check
  const label = status === 'error' ? `ERROR (${fault ?? 'sidetrack'})` : 'FAILED'
  const rerun = rerunFact(result, caller)
  const lines = [
    `${paint(['red', 'bold'], label)} ${paint('bold', printable(scenarioName(scenario)))}`,
    `  ${printable(describeCheck(check))} ${paint('dim', `[${backend}, ${family}]`)}`,
    ...factLines(failureFacts(result, caller), paint, columns),
    ...(observed === undefined || observed.journey.length === 0 ? [] : ['', ...journeyLines(result, paint)]),
    ...(shown === 'on the way' ? [] : changeLines(result, paint)),
    ...(shown === 'as above' ? [] : initContainerLines(rules.initContainers?.at(-1), paint)),
    ...(evidence === undefined
      ? []
      : ['', `  ${paint('dim', "the pod's rules (iptables-save -c)")}`, indented(rulesText(result, shown), 4)]),
    ...(evidence === undefined || evidence.conntrack.length === 0
      ? []
      : ['', `  ${paint('dim', 'conntrack')}`, indented(evidence.conntrack.join('\n'), 4)]),
    '',
    `  ${paint('dim', rerun.name)}`,
    `    ${printable(rerun.text)}`,
  ]
  return `${lines.join('\n')}\n`
}

/** A rule that should match but does not appears in no trace. */
function changeLines({ nearMisses }: CheckResult, paint: Paint): string[] {
  if (nearMisses === undefined) return []
  const { shown, more } = describeNearMisses(nearMisses, mostNearMisses)
  const lines = [...shown.flatMap(({ rule, text }) => [rule, `  ${text}`]), ...more].map(
    (line) => `    ${printable(line)}`,
  )
  return lines.length === 0 ? [] : ['', `  ${paint('dim', 'what would change it')}`, ...lines]
}

function rulesText(result: CheckResult, shown: RulesShown): string {
  if (shown === 'as above') return shown
  return shown === 'all' ? (result.evidence?.rules ?? '') : rulesOnTheWay(result, mostRules).join('\n')
}

/** A failed init container, as `kubectl` shows it to the mesh's users. */
export function initContainerLines(container: EndedInitContainer | undefined, paint: Paint): string[] {
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

function indented(text: string, spaces: number): string {
  return printable(text.trimEnd())
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n')
}
