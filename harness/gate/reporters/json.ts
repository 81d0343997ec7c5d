import { describePlace } from '../../report/describing/deciding.ts'
import { rounded } from '../../report/describing/reported-check.ts'
import { reportedObserved } from '../../report/describing/reported-observed.ts'
import { reportedRule } from '../../report/describing/reported-rule.ts'
import { jsonText } from '../../report/writing/printable.ts'
import type { Approval } from '../approvals/approvals.ts'
import { textLines } from '../changes/cause.ts'
import type { Change, Outcome } from '../changes/change.ts'
import { groupChanges } from '../changes/groups.ts'
import { type GateReport, unapproved } from '../approvals/outcome.ts'
import { onSides } from '../compared/sides.ts'
import type { GateReporter } from './reporter.ts'
import { titleOf } from './words.ts'

/** `sidetrack.gate/1`: one JSON object, as `gate-schema.ts` describes it. */
export const json: GateReporter = (report, output) => {
  output.write(jsonText(reportedGate(report)))
}

function reportedGate(report: GateReport) {
  const {
    mesh,
    sources,
    command,
    startedAt,
    durationMs,
    configs,
    generated,
    changes,
    errors,
    coverage,
    approvals,
    notices,
  } = report
  const open = unapproved(report).length
  return {
    schema: 'sidetrack.gate/1',
    startedAt: startedAt.toISOString(),
    durationMs: rounded(durationMs),
    command,
    mesh,
    ...sources,
    generated,
    configs: configs.map(({ name, config, podAnnotations, podIPs }) => ({ name, config, podAnnotations, podIPs })),
    coverage: {
      whole: coverage.isWhole,
      configs: coverage.configs,
      sameRules: coverage.same,
      withoutRules: coverage.failing,
      classes: coverage.classes,
      unjudged: { classes: coverage.unjudged, ...coverage.around },
      witnesses: coverage.flows,
      held: coverage.held,
      refuted: coverage.refuted,
      suite: coverage.suite,
      again: coverage.again.compared,
      beside: coverage.beside,
      part: coverage.part,
      unknown: [...coverage.unknown.keys()],
      alike: [...coverage.alike],
      skipped: coverage.skipped,
    },
    notices,
    summary: { changes: changes.length, approved: changes.length - open, unapproved: open, errors: errors.length },
    changes: changes.map(reportedChange),
    causes: groupChanges(changes).map(({ effect, cause, changes: own }) => ({
      effect,
      title: titleOf({ cause, changes: own }),
      before: cause.rules.baseline && describePlace(cause.rules.baseline),
      after: cause.rules.candidate && describePlace(cause.rules.candidate),
      lines: textLines(cause.text),
      diff: cause.text.lines,
      changes: own.map(({ id }) => id),
    })),
    errors,
    stale: (approvals?.stale ?? []).map(reportedApproval),
    notLookedAt: (approvals?.unseen ?? []).map(reportedApproval),
  }
}

const reportedApproval = ({ line, ids, before, after, changed, reason }: Approval) => ({
  line,
  ids,
  before,
  after,
  changed,
  reason,
})

function reportedChange({
  id,
  effect,
  config,
  backends,
  family,
  subject,
  range,
  before,
  after,
  outcomes,
  cause,
  approved,
  like,
  under,
}: Change) {
  const sides = onSides((side) => ({
    says: side === 'baseline' ? before : after,
    ...(outcomes && reportedOutcome(outcomes[side])),
    deciding: cause.rules[side] && reportedRule(cause.rules[side]),
  }))
  return {
    id,
    effect,
    config: config.name,
    iptables: backends,
    family,
    subject,
    range,
    ...sides,
    changed: textLines(cause.text),
    ...(under && { under: { name: under.name, rule: under.rule } }),
    ...(like !== undefined && { like }),
    approved: approved ?? null,
  }
}

const reportedOutcome = ({ observed, decidedBy }: Outcome) => ({
  observed: reportedObserved(observed),
  decidedBy: (decidedBy.observed ?? decidedBy.predicted)?.map(reportedRule),
})
