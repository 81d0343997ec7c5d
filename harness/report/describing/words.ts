import { formatAddressPort, sameAddressPort } from '../../core/address.ts'
import { formatEndpoint } from '../../flow/endpoint.ts'
import type { Flow } from '../../flow/flow.ts'
import { formatCredentials, formatIdentity } from '../../flow/identity.ts'
import type { EndedInitContainer } from '../../flow/init-container.ts'
import { type End, type Hop, isAnswerLost, isListener, type Observed, type Station } from '../../flow/verdict.ts'
import type { Check } from '../../run/check.ts'

const stations: Readonly<Record<'app' | 'peer' | End, string>> = {
  app: 'application',
  peer: 'peer',
  refused: 'refused',
  dropped: 'dropped',
  looped: 'the same listener again',
  self: 'ended: the proxy would dial itself',
}

/** A station of a journey in words. */
export function describeStation(station: Station): string {
  if (isListener(station)) return `proxy's ${station} listener`
  const [, port] = /^envoy-(.*)$/s.exec(station) ?? []
  return port === undefined ? stations[station as keyof typeof stations] : `proxy's ${port} port`
}

/** `app (1000:1000) sends TCP to 203.0.113.10:6379`; for a check of loading the rules, what is expected of that. */
export function describeCheck({ flow, credentials, expected }: Check): string {
  if (flow !== undefined) return describeFlow(flow, credentials)
  if (!('applies' in expected)) return 'a check without a flow'
  return `the rules are rejected at line ${expected.at}, leaving ${expected.leaves === 'nothing' ? 'nothing' : 'what came before it'}`
}

function describeFlow(flow: Flow, credentials: Check['credentials']): string {
  const { origin, protocol, destination, source, bindToDevice, conversation } = flow
  const numbers = credentials === undefined || typeof flow.identity === 'object' ? '' : ` (${formatCredentials(credentials)})`
  const where = origin.kind === 'peer' ? ` on ${origin.interface}'s peer` : origin.kind === 'inner' ? ' behind the inner bridge' : ''
  const what = protocol === 'icmp' ? 'pings' : `sends ${protocol.toUpperCase()} to`
  const details = [
    ...(source === undefined ? [] : [`from ${[source.address ?? 'any address', source.port ?? 'any port'].join(', ')}`]),
    ...(bindToDevice === undefined ? [] : [`bound to ${bindToDevice}`]),
    ...(conversation === undefined ? [] : [conversation === 'http' ? 'over HTTP' : 'server first']),
  ]
  return [`${formatIdentity(flow.identity)}${numbers}${where} ${what} ${formatEndpoint(destination)}`, ...details].join(', ')
}

/** What must happen, in words. */
export function describeExpected({ expected }: Check): string {
  if ('applies' in expected) return `rejected at line ${expected.at}, leaving ${expected.leaves}`
  switch (expected.verdict) {
    case 'redirected':
      return `redirected to the ${describeStation(expected.listener)}${goingOn(expected.then)}`
    case 'captured':
      return `captured by the ${describeStation(expected.listener)}${goingOn(expected.then)}`
    case 'direct':
      return expected.answeredBy === undefined ? 'direct' : `direct, answered by the ${describeStation(expected.answeredBy)}`
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

/**
 * What happened, in words.
 * @param port of the listener, where it is to be said.
 */
export function describeObserved(observed: Observed, port?: number): string {
  const { verdict, listener, originalDestination, answeredBy, translatedTo, refusedBy } = observed
  const isLost = isAnswerLost(observed)
  const parts = [
    listener === undefined
      ? verdict
      : `${verdict} ${verdict === 'captured' ? 'by' : 'to'} the ${describeStation(listener)}${port === undefined ? '' : ` (${port})`}`,
    ...(translatedTo === undefined ? [] : [`to ${formatAddressPort(translatedTo)}`]),
    ...(answeredBy === undefined ? [] : [`${isLost ? 'received' : 'answered'} by the ${describeStation(answeredBy)}`]),
    ...(isLost ? ['its answer is lost'] : []),
    ...(refusedBy === undefined ? [] : [`by the ${refusedBy}`]),
    ...(originalDestination === undefined ? [] : [`original destination ${formatAddressPort(originalDestination)}`]),
    ...(verdict === 'captured' && originalDestination === undefined ? ['no original destination'] : []),
  ]
  return parts.join(', ')
}

/** One hop in words: where it arrived, and what was dialled to get there. */
export function describeHop({ at, dialled, originalDestination, identity }: Hop): string {
  const original =
    originalDestination === undefined || sameAddressPort(originalDestination, dialled)
      ? ''
      : `, original destination ${formatAddressPort(originalDestination)}`
  return `${describeStation(at)} (${formatCredentials(identity)} dialled ${formatAddressPort(dialled)}${original})`
}

/** `osm-init (IMAGE): Error, exit code 4` and what it said. */
export function describeInitContainer(container: EndedInitContainer | undefined): string | undefined {
  if (container === undefined) return undefined
  const { name, image, reason, exitCode, log } = container
  const said = log.trim() === '' ? '' : `\n${log.trimEnd()}`
  return `${name} (${image}): ${reason}, exit code ${exitCode}${said}`
}
