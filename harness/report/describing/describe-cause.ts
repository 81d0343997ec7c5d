import { type Cause, type CauseFlow, faultOf } from './causes.ts'
import { type Decision, decisionOn, describeDecision, describePlace } from './deciding.ts'
import { astrayConnection } from '../../run/checks/parting.ts'
import type { Fact } from './failure-facts.ts'
import { fileName } from './scenario-name.ts'
import { plural } from '../../core/plural.ts'
import { describeCheck } from './describe-check.ts'

/** `27 checks of 14 flows` */
export function countCause({ checks, flows }: Cause): string {
  return flows.length === checks
    ? plural(checks, 'check')
    : `${plural(checks, 'check')} of ${plural(flows.length, 'flow')}`
}

/** What went wrong, in one line without figures. */
export function describeReason({ reason }: Cause): string {
  switch (reason.kind) {
    case 'error':
      return reason.text
    case 'missing':
      return `${reason.rule.table} ${reason.rule.chain} lacks a rule that ${reason.source} has there`
    case 'rule':
      return `${reason.rule.table} ${reason.rule.chain} rule ${reason.rule.rule} decides, and not as promised`
    case 'no-rule':
      return 'no rule decides'
    case 'unknown-rule':
      return 'which rule decides is not known'
    case 'loading':
      return 'loading the rules does not end as promised'
  }
}

/**
 * What all flows of a cause share: the rules on either side, whose rules they are, and with which backends and
 * families.
 */
export function causeFacts(cause: Cause): Fact[] {
  const { reason, flows } = cause
  const first = flows[0]?.result
  const places = [...new Set(flows.flatMap((flow) => [...flow.places]))].sort().join(', ')
  return [
    ...(reason.kind === 'missing' ? [rule('missing', describePlace(reason.rule))] : []),
    ...(reason.kind === 'loading' ? [{ name: 'reason', text: reason.text }] : []),
    ...decidedBy(cause),
    { name: 'rules', text: first?.rules.source ?? '' },
    { name: 'with', text: places },
  ]
}

/** `app (1000:1000) sends TCP to 203.0.113.10:80: expected direct, but it was looped`, and whose promise that is. */
export function describeCauseFlow({ result, places }: CauseFlow, all: ReadonlySet<string>): string {
  const { check, status, reason } = result
  const became = status === 'failed' && reason !== undefined ? `: ${reason}` : ''
  const where = places.size === all.size ? '' : ` [${[...places].sort().join(', ')}]`
  return `${describeCheck(check)}${became}${where}; ${fileName(check.scenario)}:${check.location.line}`
}

/** The label of a cause, as a terminal and a log have it. */
export function causeLabel(cause: Cause): string {
  const fault = faultOf(cause)
  return fault === 'failed' ? 'FAILED' : `ERROR (${fault})`
}

/** Flows with one cause may be decided by several rules where the one that should have decided is missing. */
function decidedBy({ reason, flows }: Cause): Fact[] {
  if (reason.kind !== 'missing' && reason.kind !== 'rule') return []
  const distinct = new Map<string, Decision>()
  for (const { result } of flows) {
    const decision = decisionOn(result.decidedBy ?? {}, astrayConnection(result))
    if (decision === undefined) continue
    const { rule, isAnyMatched } = decision
    const place = describeDecision({ rule, isAnyMatched })
    // What a kernel has traced for one flow is known better than what was predicted for another.
    if (!distinct.has(place) || decision.asPredicted === undefined) distinct.set(place, decision)
  }
  const [first] = distinct.values()
  if (first === undefined) return []
  return [
    rule('decided by', describeDecision(first)),
    ...(distinct.size > 1 ? [{ name: '', text: `or by ${plural(distinct.size - 1, 'other rule')}` }] : []),
  ]
}

function rule(name: string, text: string): Fact {
  return { name, text, isVerbatim: true }
}
