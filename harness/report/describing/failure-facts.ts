import { type Applied, atRule } from '../../flow/ruleset.ts'
import type { CheckResult } from '../../run/checks/check.ts'
import { describeDeciding, describeDecidingLater, describeDivergence, describePromised } from './deciding.ts'
import type { Caller } from './caller.ts'
import { rerunCommand } from './rerun.ts'
import { describeExpected } from './describe-check.ts'
import { describeObserved } from './describe-observed.ts'
import { describeHop } from './stations.ts'

/** What the facts of a failure are called. */
export type FactName =
  | 'expected'
  | 'observed'
  | 'reason'
  | 'note'
  | 'decided by'
  | 'then by'
  | 'promised by'
  | 'differs'
  | 'rules'
  | 'at'
  | 'evidence'
  | 'journey'
  | typeof rerunName

/** What the command is called that runs one check and no other. */
export const rerunName = 'run only this check'

/** One thing to know of a check that did not pass. */
export interface Fact<Name = string> {
  name: Name
  text: string
  /** Text that is copied or compared, such as a rule or a command: it is never wrapped. */
  isVerbatim?: true
}

/**
 * Everything about a check that did not pass that fits on a line, in the order in which people ask. Every reporter says
 * it in these words; what takes more room (journeys side by side, the pod's rules) each adds as its format can.
 */
export function failureFacts(result: CheckResult, caller: Caller): Fact<FactName>[] {
  const { check, reason, rules, observed, decidedBy = {}, evidenceFolder } = result
  const { file, line } = check.location
  return [
    ...fact('expected', describeExpected(check)),
    ...fact('observed', observed && describeObserved(observed)),
    ...fact('reason', reason),
    ...(observed?.notes ?? []).flatMap((note) => fact('note', note)),
    ...verbatim('decided by', describeDeciding(decidedBy)),
    ...verbatim('then by', describeDecidingLater(result)),
    ...verbatim('promised by', describePromised(result)),
    ...verbatim('differs', describeDivergence(decidedBy)),
    ...fact('rules', [rules.source, describeApplied(rules.applied)].filter(Boolean).join(', ')),
    ...verbatim('at', `${caller.path(file)}:${line}`),
    ...verbatim('evidence', evidenceFolder && caller.path(evidenceFolder)),
  ]
}

/** The hops of an observed journey on one line. */
export function journeyFact({ observed }: CheckResult): Fact<FactName>[] {
  return fact('journey', observed?.journey.map((hop) => describeHop(hop)).join(' → ') || undefined)
}

/** The command that runs this check and no other. */
export function rerunFact({ check }: CheckResult, caller: Caller): Fact<FactName> {
  return { name: rerunName, text: rerunCommand(check, caller), isVerbatim: true }
}

function fact(name: FactName, text: string | undefined): Fact<FactName>[] {
  return text === undefined ? [] : [{ name, text }]
}

function verbatim(name: FactName, text: string | undefined): Fact<FactName>[] {
  return fact(name, text).map((known) => ({ ...known, isVerbatim: true as const }))
}

function describeApplied(applied: Applied | 'none' | undefined): string {
  if (applied === undefined) return ''
  if (applied === 'none') return 'none generated'
  return applied.ok ? '' : `rejected${atRule(applied)}: ${applied.message.trim()}`
}
