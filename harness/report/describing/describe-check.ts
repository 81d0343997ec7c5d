import { times } from '../../core/times.ts'
import { formatTos } from '../../core/tos.ts'
import { formatFlags } from '../../core/tcp-flags.ts'
import { formatEndpoint } from '../../flow/endpoint.ts'
import type { Flow } from '../../flow/flow.ts'
import { formatCredentials, formatIdentity } from '../../flow/identity.ts'
import type { Station } from '../../flow/verdict.ts'
import type { Check } from '../../run/checks/check.ts'
import { describeOrigin, describeStation } from './stations.ts'

/** `app (1000:1000) sends TCP to 203.0.113.10:6379`; for a check of loading the rules, what is expected of that. */
export function describeCheck({ flow, credentials, expected }: Check): string {
  if (flow !== undefined) return describeFlow(flow, credentials)
  if (!('applies' in expected)) return 'a check without a flow'
  if (expected.applies === 'accepted') return `the rules are applied ${times(expected.times)}`
  return `the rules are rejected at line ${linesOf(expected)}, leaving ${expected.leaves === 'nothing' ? 'nothing' : 'what came before it'}`
}

const linesOf = ({ at, orAt }: { at: number; orAt?: number }): string =>
  orAt === undefined ? `${at}` : `${at} or ${orAt}`

function describeFlow(flow: Flow, credentials: Check['credentials']): string {
  const { origin, protocol, destination, source, bindToDevice, mark, tos, transparent, conversation, raw } = flow
  const numbers =
    credentials === undefined || typeof flow.identity === 'object' ? '' : ` (${formatCredentials(credentials)})`
  const what =
    protocol === 'icmp'
      ? 'pings'
      : `sends ${raw === undefined ? protocol.toUpperCase() : `a raw segment (${formatFlags(raw)})`} to`
  const details = [
    ...(source === undefined
      ? []
      : [`from ${[source.address ?? 'any address', source.port ?? 'any port'].join(', ')}`]),
    ...(bindToDevice === undefined ? [] : [`bound to ${bindToDevice}`]),
    ...(mark === undefined ? [] : [`with mark ${mark}`]),
    ...(tos ? [`with ${formatTos(tos)}`] : []),
    ...(transparent ? ['by a transparent socket'] : []),
    ...(conversation === undefined ? [] : [conversation === 'http' ? 'over HTTP' : 'server first']),
  ]
  return [
    `${formatIdentity(flow.identity)}${numbers}${describeOrigin(origin)} ${what} ${formatEndpoint(destination)}`,
    ...details,
  ].join(', ')
}

/** What must happen, in words. */
export function describeExpected({ expected }: Pick<Check, 'expected'>): string {
  if ('applies' in expected && expected.applies === 'accepted') return 'accepted each time'
  if ('applies' in expected) return `rejected at line ${linesOf(expected)}, leaving ${expected.leaves}`
  switch (expected.verdict) {
    case 'redirected':
      return `redirected to the ${describeStation(expected.listener)}${goingOn(expected.then)}`
    case 'captured':
      return `captured by the ${describeStation(expected.listener)}${goingOn(expected.then)}`
    case 'direct':
      return expected.answeredBy === undefined
        ? 'direct'
        : `direct, answered by the ${describeStation(expected.answeredBy)}`
    case 'translated':
      return `translated to ${expected.to}${goingOn(expected.then)}`
    case 'refused':
      return expected.refusedBy === undefined ? 'refused' : `refused by the ${expected.refusedBy}`
    case 'dropped':
    case 'looped':
      return expected.verdict
  }
}

const goingOn = (then: readonly Station[] | undefined): string =>
  then === undefined ? '' : `, then ${then.map(describeStation).join(', then ')}`
