import { sameAddressPort } from '../core/address.ts'
import { answerLost, type Hop, isListener, isReceiver, type ListenerName, type Observed } from '../flow/verdict.ts'
import { type Conversation, type FlowFacts, isUnsent, Undecided } from './drive/facts.ts'

/** Errors with which the kernel passes on an ICMP unreachable (tcp(7), udp(7), ip(7)). */
const unreachable = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EPROTO', 'ENOPROTOOPT', 'EHOSTDOWN', 'ENONET'])

/**
 * The verdict on a flow, from what its witnesses saw: the table of verdicts in harness/README.md, in code.
 * @throws Undecided if the facts prove none of them; silence alone never does.
 */
export function judgeFlow(facts: FlowFacts): Observed {
  const journey = [...facts.hops]
  const notes = notesOn(facts.conversation)
  const first = journey[0]
  const { raw, protocol } = facts.plan
  if (first === undefined || (raw !== undefined && facts.outcome.state === 'failed'))
    return withNotes(judgeUnseen(facts), notes)
  // No host has another answer to it than a reset.
  if (raw !== undefined) return { ...judgeArrival(first), answered: false, journey }
  const isDatagram = protocol !== 'tcp'
  const lost = facts.outcome.state === 'pending' && isDatagram ? [answerLost] : notes
  const answered = isDatagram && { answered: facts.outcome.state === 'answered' }
  const looped = journey.findIndex(({ at }) => at === 'looped')
  if (looped >= 0)
    return withNotes({ verdict: 'looped', ...listenerOf(journey[looped - 1]), ...answered, journey }, lost)
  return withNotes({ ...judgeArrival(first), ...answered, journey }, lost)
}

/** @throws Undecided if nothing proves that the two ends had nothing more to say to each other. */
function notesOn(conversation: Conversation | undefined): string[] {
  if (conversation === undefined) return []
  if ('silent' in conversation)
    throw new Undecided('the two ends have not finished talking, though nothing that they said has been lost')
  return conversation.error === undefined ? [] : [`the two ends could not talk: ${conversation.error}`]
}

function withNotes(observed: Observed, more: readonly string[]): Observed {
  const notes = [...(observed.notes ?? []), ...more]
  return notes.length === 0 ? observed : { ...observed, notes }
}

function listenerOf(hop: Hop | undefined): { listener?: ListenerName } {
  return hop !== undefined && isListener(hop.at) ? { listener: hop.at } : {}
}

/**
 * The first receiver decides: a listener, by what it reads as the original destination, the dialled endpoint, or
 * another one.
 */
function judgeArrival({ at, local, originalDestination, dialled }: Hop): Omit<Observed, 'journey'> {
  const isUntranslated = local !== undefined && sameAddressPort(local, dialled)
  if (isReceiver(at))
    return isUntranslated
      ? { verdict: 'direct', answeredBy: at }
      : { verdict: 'translated', answeredBy: at, ...(local && { translatedTo: local }) }
  if (originalDestination !== undefined && sameAddressPort(originalDestination, dialled) && !isUntranslated)
    return { verdict: 'redirected', listener: at, originalDestination }
  if (isUntranslated) return { verdict: 'direct', answeredBy: `envoy-${at}` }
  if (originalDestination !== undefined) return { verdict: 'captured', listener: at, originalDestination }
  return {
    verdict: 'captured',
    listener: at,
    notes: ['the listener reads no original destination, so the proxy cannot pass it on'],
  }
}

/**
 * Whether policy routing leaves a flow without a route: one that leads a foreign address to the pod itself makes it the
 * source as well, which IPv4 allows transparent sockets alone (ip_route_output_key_hash_rcu in net/ipv4/route.c).
 */
function isUnrouted(
  { code, offender }: FlowFacts['outcome'] & { state: 'failed' },
  { plan, hasPolicyRouting }: FlowFacts,
): boolean {
  return hasPolicyRouting && plan.origin.kind === 'pod' && code === 'ENETUNREACH' && offender === undefined
}

const stranger = 'nobody is known to have got it, but somebody got what may have been this under another name'

function judgeUnseen(facts: FlowFacts): Observed {
  const { outcome, plan, seenByPeer, sentinelPassed, hasStranger, isPodAddress } = facts
  const { credentials: identity, destination: dialled } = plan
  if (outcome.state === 'answered') {
    if (plan.protocol !== 'tcp' || !sentinelPassed)
      throw new Undecided('it was answered, but no receiver that we know has seen it')
    if (hasStranger) throw new Undecided(stranger)
    // Nobody accepts a connection before what its sender says to the answer has come.
    const notes = ['the sender was answered, but what it said to that was lost: nobody has accepted the connection']
    return { verdict: 'dropped', journey: [{ at: 'dropped', dialled, identity }], notes }
  }
  if (outcome.state === 'pending') {
    if (!sentinelPassed) throw new Undecided('no answer yet, and no sentinel has come through')
    if (hasStranger) throw new Undecided(stranger)
    const notes = seenByPeer ? { notes: ['a peer saw the packet; its answer was lost'] } : {}
    return { verdict: 'dropped', journey: [{ at: 'dropped', dialled, identity }], ...notes }
  }
  const { code, offender } = outcome
  if (isUnsent(outcome) || isUnrouted(outcome, facts))
    return {
      verdict: 'dropped',
      journey: [{ at: 'dropped', dialled, identity }],
      notes: [`the kernel refused to send it (${code})`],
    }
  if (plan.alone && code.includes('EADDRINUSE'))
    throw new Undecided(
      `it cannot be sent from port ${plan.source?.port}, as it asks to: somebody listens there`,
      'input',
    )
  if (code !== 'ECONNREFUSED' && !(unreachable.has(code) && offender !== undefined))
    throw new Undecided(`the probe could not be sent: ${code}`)
  // The source of an ICMP error is translated back where the packet had been translated, so the dialled address does
  // not say who it was.
  const saysWho = offender !== undefined && offender !== dialled.address
  const byPeer = saysWho ? !isPodAddress(offender) : seenByPeer
  return { verdict: 'refused', refusedBy: byPeer ? 'peer' : 'pod', journey: [{ at: 'refused', dialled, identity }] }
}
