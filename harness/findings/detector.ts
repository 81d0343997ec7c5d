import type { Finding, FindingKind, RulePlace, Severity, Shown } from './finding.ts'
import type { Subject } from './subject.ts'

/** Finds cases of some kinds; one file has one. */
export interface Detector {
  kinds: readonly FindingKind[]
  find(subject: Subject): Iterable<Finding>
}

/** A case of a kind, with the kind's own severity if none is given. */
export function caseOf(
  kind: FindingKind,
  {
    severity = kind.severity,
    ...rest
  }: { severity?: Severity; key: string; what: string; rules: readonly RulePlace[]; shown?: Shown | undefined },
): Finding {
  const { shown, ...own } = rest
  return { kind, severity, ...own, ...(shown && { shown }) }
}
