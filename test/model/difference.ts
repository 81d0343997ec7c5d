import { type AddressPort, formatAddressPort } from '../../harness/core/address.ts'
import { formatCredentials } from '../../harness/flow/identity.ts'
import { isTraced, type MatchedRule } from '../../harness/flow/matched-rule.ts'
import type { Hop, Observed } from '../../harness/flow/verdict.ts'

const address = (at: AddressPort | undefined): string => (at === undefined ? 'nowhere' : formatAddressPort(at))

const hop = ({ at, local, from = 'nobody', dialled, identity }: Hop): string =>
  `${at} ${address(local)} for ${address(dialled)} from ${formatCredentials(identity)} at ${from}`

/** Everything about a flow that both worlds speak of, in words. */
export function inWords(observed: Observed): string {
  const { verdict, listener, answeredBy, answered, refusedBy, originalDestination, translatedTo, journey } = observed
  const head = [
    verdict,
    listener,
    answeredBy,
    refusedBy && `by ${refusedBy}`,
    originalDestination && `for ${address(originalDestination)}`,
  ]
  const to = translatedTo && `to ${address(translatedTo)}`
  const lost = answered === false && 'unanswered'
  return [[...head, to, lost].filter(Boolean).join(' '), ...journey.map(hop)].join(' → ')
}

/** Which rules a flow's packets matched, in words, as far as a trace tells. */
export function pathInWords(rules: readonly MatchedRule[]): string {
  return rules
    .filter(isTraced)
    .map(({ connection, hook, table, chain, rule, packet = '' }) =>
      `${connection} ${hook} ${table} ${chain} ${rule} ${packet}`.trim(),
    )
    .join(' → ')
}
