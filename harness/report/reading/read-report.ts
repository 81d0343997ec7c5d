import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { HarnessError, inputError } from '../../core/errors.ts'
import { parseJson } from '../../core/plain-data.ts'
import { parseFlags } from '../../core/tcp-flags.ts'
import type { Flow } from '../../flow/flow.ts'
import { type Identity, parseIdentity } from '../../flow/identity.ts'
import type { Check, CheckResult } from '../../run/checks/check.ts'
import type { Environment, Summary } from '../../run/schedule/events.ts'
import type { PlannedShard } from '../../run/checks/pod-job.ts'
import { bugGroup } from '../../scenario/bugs/bug.ts'
import { parseEndpoint } from '../../scenario/endpoint-text.ts'
import { reportSchema, type WrittenCheck } from './report-schema.ts'

/** A JSON report that was read back. */
export interface Report {
  /** Its name in messages. */
  name: string
  startedAt: Date
  durationMs: number
  seed: number
  /** The options that a rerun of its checks needs. */
  carried: string[]
  interrupted: boolean
  shard?: PlannedShard
  /** How many checks were planned; there are fewer results if it ended early. */
  planned: number
  environments: Environment[]
  summary: Summary
  results: CheckResult[]
  error?: HarnessError
}

/**
 * Reads what the reporter `json` wrote.
 * @param name what the report is called in messages. @param fromReport makes a path of the report absolute.
 * @throws HarnessError (`input`) naming the report and the field.
 */
export function readReport(name: string, text: string, fromReport: (file: string) => string): Report {
  const json = parseJson(name, text)
  if ((json as { schema?: unknown } | null)?.schema !== 'sidetrack.report/1') {
    throw inputError(name, 'is no sidetrack.report/1', 'reports are written by --reporter json=FILE')
  }
  const parsed = v.safeParse(reportSchema, json)
  if (!parsed.success) throw inputError(name, `${v.getDotPath(parsed.issues[0])}: ${parsed.issues[0].message}`)
  const { startedAt, durationMs, seed, interrupted, carried, shard, planned, environments, summary, checks, error } =
    parsed.output
  const said = summary.passed + summary.failed + summary.skipped + summary.errors
  if (summary.checks !== checks.length || said !== checks.length) {
    throw inputError(name, `its summary does not fit its ${checks.length} checks`, 'it is cut off or was changed')
  }
  return {
    name,
    startedAt: new Date(startedAt),
    durationMs,
    seed,
    carried,
    interrupted,
    planned,
    environments,
    summary,
    ...(shard && { shard }),
    results: checks.map((check, index) => readCheck(`${name}: checks.${index}`, check, carried, fromReport)),
    ...(error && { error: new HarnessError(error.fault, error.reason) }),
  }
}

function readCheck(
  where: string,
  written: WrittenCheck,
  carried: string[],
  fromReport: (file: string) => string,
): CheckResult {
  const {
    id,
    scenario: title,
    location,
    iptables: backend,
    family,
    flow,
    expected,
    decidedBy: _by,
    divergesAt: _at,
    predicted: _said,
    ...result
  } = written
  const [mesh = '', file] = id.split('/')
  const at = { file: fromReport(location.file), line: location.line }
  const check: Check = {
    id,
    // A flow may be written in another file than its scenario; the id names the scenario's.
    scenario: {
      mesh,
      title,
      location: { ...at, file: join(dirname(at.file), `${file}.${mesh === bugGroup ? 'yaml' : 'ts'}`) },
    },
    location: at,
    backend,
    family,
    carried,
    ...(flow && { flow: readFlow(where, flow) }),
    ...(flow && credentialsOf(flow)),
    expected: readExpected(expected),
  }
  return { check, ...result, ...readDecision(written) }
}

/** The observed rules are written beside the verdict, the predicted ones inside the prediction. */
function readDecision({
  decidedBy: observed,
  predicted: said,
  divergesAt,
}: Pick<WrittenCheck, 'decidedBy' | 'predicted' | 'divergesAt'>): Pick<CheckResult, 'predicted' | 'decidedBy'> {
  if (said === undefined || 'unknown' in said)
    return { ...(said && { predicted: said }), ...(observed && { decidedBy: { observed } }) }
  const { decidedBy: predicted, ...verdict } = said
  const parts = {
    ...(observed && { observed }),
    ...(predicted && { predicted }),
    ...(divergesAt !== undefined && { divergesAt }),
  }
  return { predicted: verdict, ...(Object.keys(parts).length > 0 && { decidedBy: parts }) }
}

function credentialsOf({ uid, gid, groups }: NonNullable<WrittenCheck['flow']>): Pick<Check, 'credentials'> {
  return uid === undefined || gid === undefined || groups === undefined ? {} : { credentials: { uid, gid, groups } }
}

function readFlow(where: string, written: NonNullable<WrittenCheck['flow']>): Flow {
  const { origin, protocol, source, boundTo, mark, tos, transparent, conversation, raw } = written
  try {
    return {
      identity: readIdentity(written.identity),
      origin: origin === 'peer' ? { kind: origin, interface: written.interface ?? 'eth0' } : { kind: origin },
      protocol,
      destination: parseEndpoint(written.destination, protocol !== 'icmp'),
      ...(source && { source }),
      ...(boundTo !== undefined && { bindToDevice: boundTo }),
      ...(mark !== undefined && { mark }),
      ...(tos !== undefined && { tos }),
      ...(transparent && { transparent }),
      ...(conversation && { conversation }),
      ...(raw !== undefined && { raw: readSegment(raw) }),
    }
  } catch (error) {
    throw inputError(where, (error as Error).message)
  }
}

function readSegment(text: string): number {
  const flags = parseFlags(text)
  if (flags === undefined) throw new TypeError(`'${text}' is no list of TCP flags`)
  return flags
}

function readIdentity(text: string): Identity {
  const identity = parseIdentity(text)
  if (identity === undefined) throw new TypeError(`'${text}' is no identity`)
  return identity
}

/** An expected journey is written with the listener that it begins with. */
function readExpected(expected: WrittenCheck['expected']): Check['expected'] {
  if (!('journey' in expected)) return expected as Check['expected']
  const { journey, ...rest } = expected
  const then = 'listener' in rest ? journey?.slice(1) : journey
  return { ...rest, ...(then && { then }) }
}
