import { type Behaviour, type Difference, Differences } from '../../findings/differences.ts'
import { type Cause, Causes } from '../describing/causes.ts'
import { describeReason } from '../describing/describe-cause.ts'
import { reportedCheck, rounded } from '../describing/reported-check.ts'
import { reportedObserved } from '../describing/reported-observed.ts'
import { reportedRule } from '../describing/reported-rule.ts'
import type { Reporter } from './reporter.ts'
import { printableJson } from '../writing/printable.ts'

/**
 * `sidetrack.report/1`: one JSON object, written check by check. Addresses are written as `203.0.113.10:80` and
 * `[2001:db8::1]:80`; a flow's destination as its scenario has it.
 */
export const json: Reporter = (output, { path, carried }) => {
  let separator = '\n'
  const differences = new Differences()
  const causes = new Causes()
  return (event) => {
    if (event.type === 'start') {
      const { startedAt, seed, command, shard, checks: planned, environments } = event
      const head = JSON.stringify({
        schema: 'sidetrack.report/1',
        startedAt,
        seed,
        command,
        carried,
        shard,
        planned,
        environments,
      })
      output.write(`${printableJson(head.slice(0, -1))},"checks":[`)
    }
    if (event.type === 'result') {
      differences.add(event.result)
      causes.add(event.result)
      output.write(`${separator}${printableJson(JSON.stringify(reportedCheck(event.result, path)))}`)
      separator = ',\n'
    }
    if (event.type === 'end') {
      const { durationMs, interrupted, summary, error } = event
      const tail = JSON.stringify({
        durationMs: rounded(durationMs),
        interrupted,
        summary,
        causes: causes.list().map(reportedCause),
        findings: differences.findings().map(reportedDifference),
        ...(error && { error: { fault: error.fault, reason: error.line } }),
      })
      output.write(`],${printableJson(tail.slice(1))}\n`)
    }
  }
}

/** Why checks went wrong; `checks` are their ids. */
function reportedCause(cause: Cause) {
  const { reason, ids } = cause
  return {
    kind: reason.kind,
    fault: reason.kind === 'error' ? reason.fault : undefined,
    reason: describeReason(cause),
    source: reason.kind === 'missing' ? reason.source : undefined,
    rule: 'rule' in reason ? reportedRule(reason.rule) : undefined,
    checks: ids,
  }
}

function reportedDifference({ kind, id, check, behaviours }: Difference) {
  return {
    kind,
    id,
    scenario: check.scenario.title,
    behaviours: behaviours.map(({ behaviour, places }) => ({
      ...reportedBehaviour(behaviour),
      places: places.map(({ environment, backend }) => ({ environment, iptables: backend })),
    })),
  }
}

function reportedBehaviour(behaviour: Behaviour) {
  return 'observed' in behaviour ? { observed: reportedObserved(behaviour.observed) } : behaviour
}
