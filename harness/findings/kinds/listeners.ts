import { type Family, familyOf, isLoopback } from '../../core/address.ts'
import type { CapturedListener } from '../../flow/captured-pod.ts'
import type { Rule } from '../../netfilter/ruleset.ts'
import { listed } from '../../core/conjoined.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { listenersOn } from '../listeners.ts'
import { allRules } from '../rules.ts'
import type { Subject } from '../subject.ts'

const nobody: FindingKind = {
  code: 'listener-missing',
  severity: 'warning',
  title: 'Rules redirect to a port that nobody listens on',
  about:
    'The text shows the sockets that listen in the pod, and none of them is on a port that a rule redirects to, so that whatever the rule takes is refused. So it is before the proxy has started and after it has ended; otherwise the rules are made for another port than the proxy has.',
  remedy:
    'See whether the proxy runs (`ss -lntup` in the pod), and whether its listeners have the ports that the rules name.',
}

/** Ports of the proxy's, as rules have them, that nobody listened on. */
export const listening: Detector = {
  kinds: [nobody],
  *find(subject): Iterable<Finding> {
    for (const family of subject.families)
      for (const { rule, place } of allRules(subject.rulesets[family])) {
        const [protocol, port] = [protocolOf(rule), portOf(rule, subject)]
        if (protocol === undefined || port === undefined || listenersOn(subject, family, protocol, port)?.length !== 0)
          continue
        yield caseOf(nobody, {
          key: `${protocol} ${port}`,
          what: `${protocol.toUpperCase()} is redirected to port ${port}, and nobody listened there when this was captured${others(subject, family, protocol)}`,
          rules: [place],
        })
      }
  },
}

/** What a rule asks for by its `-p`. */
function protocolOf({ conditions }: Rule): CapturedListener['protocol'] | undefined {
  const asked = conditions.find(({ asked: { subject, negated } }) => subject === '-p' && !negated)?.asked.value
  return asked === 'tcp' || asked === 'udp' ? asked : undefined
}

/** The one port of the pod's own that a rule sends to. */
function portOf({ statements }: Rule, { stack }: Subject): number | undefined {
  for (const statement of statements) {
    if (statement.kind === 'tproxy') return statement.port > 0 ? statement.port : undefined
    if (statement.kind !== 'redirect' && statement.kind !== 'dnat') continue
    const { ports } = statement
    const to = statement.kind === 'dnat' ? statement.addresses?.first : undefined
    const isOwn = statement.kind === 'redirect' || (to !== undefined && (isLoopback(to) || stack.isLocal(to)))
    if (isOwn && ports !== undefined && ports.first === ports.last) return ports.first
  }
  return undefined
}

/** Who listened elsewhere, which shows a proxy on another port. */
function others({ listeners = [] }: Subject, family: Family, protocol: CapturedListener['protocol']): string {
  const own = listeners.filter(
    (each) =>
      each.protocol === protocol && (family === 'ipv6' || familyOf(each.address) !== 'ipv6' || each.address === '::'),
  )
  const named = [...new Set(own.map(({ port, program }) => `${port}${program === undefined ? '' : ` (${program})`}`))]
  const shown = named.slice(0, 5)
  return `; on ${listed(shown)}${named.length > 5 ? ` and ${named.length - 5} more` : ''} somebody did`
}
