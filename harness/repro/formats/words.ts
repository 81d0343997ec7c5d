import { formatAddressPort } from '../../core/address.ts'
import { formatTos } from '../../core/tos.ts'
import { formatCredentials } from '../../flow/identity.ts'
import type { ConcreteFlow } from '../../flow/flow.ts'
import type { Finding, RulePlace } from '../../findings/finding.ts'
import { isTraced, type MatchedRule } from '../../flow/matched-rule.ts'
import { describeObserved } from '../../report/describing/describe-observed.ts'
import type { Witnessed } from '../../run/witnesses/witness-pod.ts'
import type { Row } from '../table/rows.ts'

/** `1000:1000 → 203.0.113.10:80 by TCP` */
export function flowWords({ credentials, origin, protocol, source, destination, mark, tos }: ConcreteFlow): string {
  const who =
    origin.kind === 'pod'
      ? formatCredentials(credentials)
      : origin.kind === 'peer'
        ? `a peer at ${origin.interface}`
        : 'behind the bridge'
  const from = source?.address === undefined ? '' : ` from ${source.address}`
  const set = [...(mark === undefined ? [] : [`mark 0x${mark.toString(16)}`]), ...(tos ? [formatTos(tos)] : [])]
  const marked = set.length === 0 ? '' : ` with ${set.join(' and ')}`
  const to = protocol === 'icmp' ? destination.address : formatAddressPort(destination)
  return `${who}${from}${marked} → ${to} by ${protocol === 'icmp' ? 'ping' : protocol.toUpperCase()}`
}

/** `line 18, nat: -A ISTIO_OUTPUT …`; a rule of a builder has no line. */
export const ruleWords = ({ line, table, text }: RulePlace): string =>
  `${line > 0 ? `line ${line}, ` : ''}${table}: ${text}`

/** `TCP out`, `TCP in by eth1`, and the family where it is one of two. */
export function trafficWords({ protocol, origin, families }: Row, known: number): string {
  const what = protocol === 'icmp' ? 'ping' : protocol.toUpperCase()
  const way = { pod: 'out', peer: 'in', inner: 'in by the bridge' }[origin.kind]
  const by = origin.kind === 'peer' && origin.interface !== 'eth0' ? ` by ${origin.interface}` : ''
  const [only] = families
  return `${what} ${way}${by}${known > 1 && families.length === 1 && only !== undefined ? `, ${only === 'ipv4' ? 'IPv4' : 'IPv6'}` : ''}`
}

/** What the model says of a flow and what was seen, with the rule at which they part where they end alike. */
export function disagreementWords({ result, prediction, decided }: Witnessed): { said: string; seen: string } {
  const { divergesAt, observed = [], predicted = [] } = decided
  const rule = (rules: readonly MatchedRule[]): string => {
    const at = divergesAt === undefined ? undefined : rules.filter(isTraced)[divergesAt]
    if (divergesAt === undefined) return ''
    return at === undefined ? ', by no further rule' : `, by rule ${at.rule} of ${at.table} ${at.chain} at ${at.hook}`
  }
  return {
    said: `${'predicted' in prediction ? describeObserved(prediction.predicted) : prediction.unknown}${rule(predicted)}`,
    seen: `${'observed' in result ? describeObserved(result.observed) : result.error}${rule(observed)}`,
  }
}

/** What is found, and whether only the model says so of its flow. */
export const foundWords = ({ what, shown }: Finding): string =>
  shown === undefined || shown.isSeen ? what : `${what} (predicted)`
