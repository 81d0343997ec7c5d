import type { Cause } from '../describing/causes.ts'
import { causeFacts, causeLabel, countCause, describeCauseFlow, describeReason } from '../describing/describe-cause.ts'
import { factLines } from './fact-lines.ts'
import { describeFailure, initContainerLines } from './failure.ts'
import { type Fact, rerunFact } from '../describing/failure-facts.ts'
import { journeyLines } from './journey-lines.ts'
import type { Paint } from '../writing/paint.ts'
import { oneLine, printable } from '../writing/printable.ts'
import type { Caller } from '../describing/caller.ts'
import { rulesOnTheWay } from './rules-on-the-way.ts'
import { plural } from '../../core/plural.ts'
import { wrap } from '../writing/wrap.ts'

/** How much of a cause is shown: alone it has a screen, beside others a few lines. */
const extents = { alone: { flows: 10, rules: 20 }, amongOthers: { flows: 2, rules: 0 } }
/** How many causes fit on one screen. */
const mostCauses = 5

/**
 * Everything that went wrong, by cause, on a screen: at most sixty lines.
 * @param columns the terminal's width; prose is wrapped there, rules and commands never.
 */
export function describeCauses(causes: readonly Cause[], caller: Caller, paint: Paint, columns?: number): string {
  const [only, other] = causes
  if (only?.flows.length === 1 && only.checks === 1 && other === undefined)
    return describeFailureOf(only, caller, paint, columns)
  const how = causes.length === 1 ? 'alone' : 'amongOthers'
  const shown = causes.slice(0, mostCauses).map((cause) => describeCause(cause, how, caller, paint, columns))
  const rest = causes.slice(mostCauses)
  const checks = rest.reduce((sum, cause) => sum + cause.checks, 0)
  const more =
    rest.length === 0
      ? []
      : [`… and ${plural(rest.length, 'further cause')} of ${plural(checks, 'check')}; --verbose shows them all\n`]
  return [...shown, ...more].join('\n')
}

/** A cause of a single check is shown as that check's failure. */
function describeFailureOf({ flows }: Cause, caller: Caller, paint: Paint, columns: number | undefined): string {
  const [first] = flows
  return first === undefined ? '' : describeFailure(first.result, caller, paint, 'on the way', columns)
}

/**
 * One cause: what happened, by which rules, some of its flows, and the command that runs the first of them alone.
 * @param how much of it is shown.
 */
export function describeCause(
  cause: Cause,
  how: keyof typeof extents,
  caller: Caller,
  paint: Paint,
  columns?: number,
): string {
  const extent = extents[how]
  const isAlone = how === 'alone'
  const [first] = cause.flows
  if (first === undefined) return ''
  const head = wrap(`${causeLabel(cause)} ${countCause(cause)}: ${oneLine(describeReason(cause))}`, columns, 2)
  const all = new Set(cause.flows.flatMap(({ places }) => [...places]))
  // If nothing could be run, the reason says it all; a list of flows adds nothing.
  const flows = cause.reason.kind === 'error' ? [] : cause.flows.slice(0, extent.flows)
  const more = cause.reason.kind === 'error' ? 0 : cause.flows.length - flows.length
  const rules = rulesOnTheWay(first.result, extent.rules)
  return [
    ...head.split('\n').map((line) => paint(['red', 'bold'], line)),
    ...factLines(causeFacts(cause), paint, columns),
    ...(flows.length === 0 ? [] : ['']),
    ...flows.map((flow) => wrap(`  - ${oneLine(describeCauseFlow(flow, all))}`, columns, 4)),
    ...(more === 0 ? [] : [`  … and ${plural(more, 'further flow')}; --verbose shows them all`]),
    ...(isAlone && first.result.observed
      ? ['', `  ${paint('dim', 'the first of them')}`, ...journeyLines(first.result, paint)]
      : []),
    ...(rules.length === 0 || !isAlone
      ? []
      : [
          '',
          `  ${paint('dim', "the pod's rules in these chains (iptables-save -c)")}`,
          ...rules.map((line) => `    ${printable(line)}`),
        ]),
    ...(isAlone ? initContainerLines(first.result.rules.initContainers?.at(-1), paint).slice(0, extent.rules) : []),
    '',
    ...commandLines(rerunFact(first.result, caller), paint),
    '',
  ].join('\n')
}

function commandLines({ name, text }: Fact, paint: Paint): string[] {
  return [`  ${paint('dim', name)}`, `    ${printable(text)}`]
}
