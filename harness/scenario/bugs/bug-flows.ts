import type { Flow, Origin } from '../../flow/flow.ts'
import type { Identity } from '../../flow/identity.ts'
import type { Expected } from '../../flow/verdict.ts'
import type { Location } from '../../input/call-site.ts'
import { parseEndpoint } from '../endpoint-text.ts'
import { flowOf, numbersOf } from '../from-input.ts'
import type { ExpectedFlow } from '../scenario.ts'
import type { BugFlowInput, VerdictInput } from './bug-schema.ts'

/** A flow of a bug file, with what becomes of it under each of the two rulesets. */
export interface BugFlow {
  broken: ExpectedFlow
  mended: ExpectedFlow
}

/** @param given a flow that fits the schema. @param location where it is written. */
export function bugFlow(given: BugFlowInput, location: Location): BugFlow {
  const flow = flowFrom(given)
  return {
    broken: { flow, expected: expectedOf(given.broken), location },
    mended: { flow, expected: expectedOf(given.right), location },
  }
}

function flowFrom({ from, on, tcp, udp, ping, ...options }: BugFlowInput): Flow {
  const protocol = tcp !== undefined ? 'tcp' : udp !== undefined ? 'udp' : 'icmp'
  const destination = parseEndpoint(tcp ?? udp ?? ping ?? '', protocol !== 'icmp')
  return flowOf({ ...senderOf(from, on), protocol, destination }, options)
}

function senderOf(from: BugFlowInput['from'], on = 'eth0'): { identity: Identity; origin: Origin } {
  if (from === 'remote') return { identity: from, origin: { kind: 'peer', interface: on } }
  if (from === 'inner') return { identity: 'app', origin: { kind: 'inner' } }
  if (typeof from === 'string') return { identity: from, origin: { kind: 'pod' } }
  return { identity: numbersOf(from), origin: { kind: 'pod' } }
}

function expectedOf(verdict: VerdictInput): Expected {
  if (typeof verdict === 'string') return { verdict }
  const { redirected, captured, direct, translated, refused, then, source, answered } = verdict
  const answer = { ...(answered !== undefined && { answered }) }
  const journey = { ...(then && { then }), ...(source !== undefined && { source }), ...answer }
  if (redirected !== undefined) return { verdict: 'redirected', listener: redirected, ...journey }
  if (captured !== undefined) return { verdict: 'captured', listener: captured, ...journey }
  if (translated !== undefined) return { verdict: 'translated', to: translated, ...journey }
  if (direct !== undefined)
    return { verdict: 'direct', answeredBy: direct, ...(source !== undefined && { source }), ...answer }
  return { verdict: 'refused', ...(refused !== undefined && { refusedBy: refused }) }
}
