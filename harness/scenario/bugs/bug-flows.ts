import { parseFlags } from '../../core/tcp-flags.ts'
import type { Flow, Origin } from '../../flow/flow.ts'
import type { Identity } from '../../flow/identity.ts'
import type { Expected } from '../../flow/verdict.ts'
import type { Location } from '../../input/call-site.ts'
import { parseEndpoint } from '../endpoint-text.ts'
import type { ExpectedFlow } from '../scenario.ts'
import type { BugFlowInput, VerdictInput } from './bug-schema.ts'

/** A flow of a bug file, with what becomes of it under each of the two rulesets. */
export interface BugFlow {
  broken: ExpectedFlow
  mended: ExpectedFlow
}

/** @param given a flow that fits the schema. @param location where it is written. */
export function bugFlow(given: BugFlowInput, location: Location): BugFlow {
  const flow = flowOf(given)
  return {
    broken: { flow, expected: expectedOf(given.broken), location },
    mended: { flow, expected: expectedOf(given.right), location },
  }
}

function flowOf({ from, on, tcp, udp, ping, sourceAddress, sourcePort, ...given }: BugFlowInput): Flow {
  const { bindToDevice, mark, transparent, serverFirst, http, raw } = given
  const protocol = tcp !== undefined ? 'tcp' : udp !== undefined ? 'udp' : 'icmp'
  const source = {
    ...(sourceAddress !== undefined && { address: sourceAddress }),
    ...(sourcePort !== undefined && { port: sourcePort }),
  }
  return {
    ...senderOf(from, on),
    protocol,
    destination: parseEndpoint(tcp ?? udp ?? ping ?? '', protocol !== 'icmp'),
    ...(Object.keys(source).length > 0 && { source }),
    ...(bindToDevice !== undefined && { bindToDevice }),
    ...(mark !== undefined && { mark }),
    ...(transparent && { transparent }),
    ...(raw !== undefined && { raw: parseFlags(raw) ?? 0 }),
    ...(http ? { conversation: 'http' as const } : serverFirst && { conversation: 'server-first' as const }),
  }
}

function senderOf(from: BugFlowInput['from'], on = 'eth0'): { identity: Identity; origin: Origin } {
  if (from === 'remote') return { identity: from, origin: { kind: 'peer', interface: on } }
  if (from === 'inner') return { identity: 'app', origin: { kind: 'inner' } }
  if (typeof from === 'string') return { identity: from, origin: { kind: 'pod' } }
  const { uid, gid = uid, groups = [] } = from
  const supplementary = [...new Set(groups)].filter((group) => group !== gid).sort((a, b) => a - b)
  return { identity: { uid, gid, groups: supplementary }, origin: { kind: 'pod' } }
}

function expectedOf(verdict: VerdictInput): Expected {
  if (typeof verdict === 'string') return { verdict }
  const { redirected, captured, direct, translated, refused, then, source, answered } = verdict
  const answer = { ...(answered !== undefined && { answered }) }
  const journey = { ...(then && { then }), ...(source !== undefined && { source }), ...answer }
  if (redirected !== undefined) return { verdict: 'redirected', listener: redirected, ...journey }
  if (captured !== undefined) return { verdict: 'captured', listener: captured, ...journey }
  if (translated !== undefined) return { verdict: 'translated', to: translated, ...journey }
  if (direct !== undefined) return { verdict: 'direct', answeredBy: direct, ...answer }
  return { verdict: 'refused', ...(refused !== undefined && { refusedBy: refused }) }
}
