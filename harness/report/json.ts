import { type Behaviour, type Difference, Differences } from '../findings/differences.ts'
import { type AddressPort, formatAddressPort } from '../core/address.ts'
import { formatEndpoint } from '../flow/endpoint.ts'
import { formatIdentity } from '../flow/identity.ts'
import type { MatchedRule } from '../flow/matched-rule.ts'
import type { MissedRules, OtherEnd } from '../flow/missed-rule.ts'
import type { Hop, Observed } from '../flow/verdict.ts'
import type { Check, CheckResult } from '../run/check.ts'
import { type Cause, Causes } from './causes.ts'
import { describeReason } from './describe-cause.ts'
import type { Reporter } from './reporter.ts'
import { printableJson } from './printable.ts'
import { describeCheck } from './words.ts'

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
      const head = JSON.stringify({ schema: 'sidetrack.report/1', startedAt, seed, command, carried, shard, planned, environments })
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

/** One check as the report has it. */
export function reportedCheck(result: CheckResult, path: (file: string) => string) {
  const {
    check,
    rules,
    environment,
    observed,
    predicted,
    decidedBy,
    promisedBy,
    nearMisses,
    status,
    fault,
    reason,
    evidence,
    evidenceFolder,
    durationMs,
  } = result
  const { id, scenario, location, backend, family } = check
  return {
    id,
    scenario: scenario.title,
    title: describeCheck(check),
    location: { file: path(location.file), line: location.line },
    rules,
    environment,
    iptables: backend,
    family,
    flow: reportedFlow(check),
    expected: reportedExpected(check),
    predicted:
      predicted === undefined || 'unknown' in predicted
        ? predicted
        : { ...reportedObserved(predicted), decidedBy: decidedBy?.predicted?.map(reportedRule) },
    observed: observed === undefined ? undefined : reportedObserved(observed),
    status,
    fault,
    reason,
    decidedBy: decidedBy?.observed?.map(reportedRule),
    divergesAt: decidedBy?.divergesAt,
    promisedBy: promisedBy && {
      source: promisedBy.source,
      rules: promisedBy.rules.map(({ rule, isMissing }) => ({ rule: reportedRule(rule), isMissing })),
    },
    nearMisses: nearMisses && reportedMissed(nearMisses),
    evidence,
    evidenceFolder: evidenceFolder === undefined ? undefined : path(evidenceFolder),
    durationMs: rounded(durationMs),
  }
}

/** `rules` came within one condition of another verdict; `untried` more were not looked into. */
export function reportedMissed({ rules, untried }: MissedRules) {
  return { rules: rules.map(({ rule, asks, actual, end }) => ({ rule: reportedRule(rule), asks, actual, end: reportedEnd(end) })), untried }
}

export function reportedEnd(end: OtherEnd) {
  if (end.kind !== 'received') return end
  const { kind, at, local, isAnswerLost } = end
  return { kind, at, local: reportedAddress(local), ...(isAnswerLost && { answerLost: true as const }) }
}

export function reportedRule({ connection, hook, table, chain, rule, text, target, comment, packet, decides }: MatchedRule) {
  return { table, chain, rule, text, target, comment, connection, hook, packet, decides }
}

/** `interface` is where the sender stands, on a peer, or what its socket is bound to. */
function reportedFlow({ flow, credentials }: Check) {
  if (flow === undefined) return undefined
  const { identity, origin, protocol, destination, source, bindToDevice, conversation } = flow
  return {
    identity: formatIdentity(identity),
    uid: credentials?.uid,
    gid: credentials?.gid,
    groups: credentials?.groups,
    origin: origin.kind,
    protocol,
    source,
    destination: formatEndpoint(destination),
    interface: origin.kind === 'peer' ? origin.interface : bindToDevice,
    boundTo: bindToDevice,
    conversation,
  }
}

function reportedExpected({ expected }: Check) {
  if (!('then' in expected)) return expected
  const { then, ...rest } = expected
  return { ...rest, journey: 'listener' in expected ? [expected.listener, ...(then ?? [])] : then }
}

export function reportedObserved({
  verdict,
  listener,
  originalDestination,
  answeredBy,
  translatedTo,
  refusedBy,
  journey,
  heard,
  notes,
}: Observed) {
  return {
    verdict,
    listener,
    originalDestination: reportedAddress(originalDestination),
    answeredBy,
    translatedTo: reportedAddress(translatedTo),
    refusedBy,
    journey: journey.map(reportedHop),
    heard,
    notes,
  }
}

function reportedHop({ at, local, originalDestination, dialled, identity: { uid, gid, groups } }: Hop) {
  return {
    at,
    local: reportedAddress(local),
    originalDestination: reportedAddress(originalDestination),
    dialled: reportedAddress(dialled),
    identity: { uid, gid, groups },
  }
}

export function reportedAddress(address: AddressPort | undefined): string | undefined {
  return address === undefined ? undefined : formatAddressPort(address)
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
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
