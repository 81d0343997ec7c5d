import { formatFlags } from '../../core/tcp-flags.ts'
import { formatEndpoint } from '../../flow/endpoint.ts'
import { formatIdentity } from '../../flow/identity.ts'
import type { Check, CheckResult } from '../../run/checks/check.ts'
import { reportedObserved } from './reported-observed.ts'
import { reportedNearMisses, reportedRule } from './reported-rule.ts'
import { describeCheck } from './describe-check.ts'

/** One check as the report has it. */
export function reportedCheck(result: CheckResult, path: (file: string) => string) {
  const {
    check,
    rules,
    environment,
    observed,
    parting,
    predicted,
    decidedBy,
    promisedBy,
    nearMisses,
    status,
    fault,
    reason,
    expectedFailure,
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
    expectedFailure,
    parting,
    decidedBy: decidedBy?.observed?.map(reportedRule),
    divergesAt: decidedBy?.divergesAt,
    promisedBy: promisedBy && {
      source: promisedBy.source,
      rules: promisedBy.rules.map(({ rule, isMissing }) => ({ rule: reportedRule(rule), isMissing })),
    },
    nearMisses: nearMisses && reportedNearMisses(nearMisses),
    evidence,
    evidenceFolder: evidenceFolder === undefined ? undefined : path(evidenceFolder),
    durationMs: rounded(durationMs),
  }
}

/** `interface` is where the sender stands, on a peer, or what its socket is bound to. */
function reportedFlow({ flow, credentials }: Check) {
  if (flow === undefined) return undefined
  const { identity, origin, protocol, destination, source, bindToDevice, mark, tos, transparent, conversation, raw } =
    flow
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
    mark,
    tos,
    transparent,
    conversation,
    raw: raw === undefined ? undefined : formatFlags(raw),
  }
}

function reportedExpected({ expected }: Check) {
  if (!('then' in expected)) return expected
  const { then, ...rest } = expected
  return { ...rest, journey: 'listener' in expected ? [expected.listener, ...(then ?? [])] : then }
}

/** Milliseconds to the microsecond. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000
}
