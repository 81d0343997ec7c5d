import { formatAddressPort, isLoopback } from '../../core/address.ts'
import type { MatchedRule } from '../../flow/matched-rule.ts'
import { formatEndpoints } from '../words.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { hasRoute } from '../routes.ts'
import { strangerOf } from '../programs.ts'
import { type Answer, behaviourOf, decidingFor, matchedBy, placeOf, shownBy, type Subject } from '../subject.ts'

const dies: FindingKind = {
  code: 'capture-dies',
  severity: 'error',
  title: 'What is captured never reaches the proxy',
  about:
    'A rule sends the traffic to the proxy, and the kernel drops it on the way: TPROXY needs an `ip rule` and a local route for its mark, DNAT to 127.0.0.1 of what comes in needs route_localnet, and a source address must be on an interface.',
  remedy:
    'Set up what the rules need beside them: `ip rule add fwmark …`, `ip route add local … dev lo table …`, net.ipv4.conf.*.route_localnet=1. Where the rule takes answers as well, have it pass what is established, or what its mark is not meant for.',
}

const nobody: FindingKind = {
  code: 'redirect-to-nobody',
  severity: 'error',
  title: 'Traffic is redirected to a port where the proxy does not listen',
  about:
    'The rules redirect to a port that is none of the proxy’s listeners: connections there are refused, or reach whoever else listens.',
  remedy: 'Make ports of rules and proxy the same; --mesh tells whose proxy there is.',
}

const redirecting = ['REDIRECT', 'DNAT', 'TPROXY', 'NETMAP']

/** Traffic that a rule of the mesh's sends to a proxy that does not get it. */
export const deadCapture: Detector = {
  kinds: [dies, nobody],
  *find(subject): Iterable<Finding> {
    for (const answer of subject.answers) {
      if (answer.about.kind === 'proxy') continue
      const behaviour = behaviourOf(answer)
      const rule = capturing(answer)
      if (behaviour === undefined || rule === undefined || strangerOf(rule.chain, subject.chains) !== undefined)
        continue
      const place = placeOf(subject, answer.flow.family, rule)
      const shown = shownBy(answer)
      const { destination } = answer.flow
      if (behaviour.verdict === 'dropped' && !isEnd(rule))
        yield caseOf(dies, {
          key: `${rule.table} ${rule.text}`,
          what: `${formatAddressPort(destination)} is captured and then dropped: ${causeOf(subject, answer, rule)}`,
          rules: [place],
          shown,
        })
      const to = behaviour.verdict === 'translated' ? behaviour.translatedTo : undefined
      if (
        behaviour.verdict === 'refused' && behaviour.refusedBy === 'pod'
          ? rule.target === 'REDIRECT'
          : to !== undefined && isOwn(subject, to.address)
      )
        yield caseOf(nobody, {
          key: `${rule.table} ${rule.text}`,
          what: `${formatAddressPort(destination)} is sent to ${to === undefined ? 'a port of the pod' : formatEndpoints(to)}, where the proxy does not listen`,
          rules: [place],
          shown,
        })
    }
  },
}

/** The rule that was to capture it. */
function capturing(answer: Answer): MatchedRule | undefined {
  const deciding = decidingFor(answer)
  if (deciding !== undefined && redirecting.includes(deciding.target ?? '')) return deciding
  return matchedBy(answer).findLast(({ connection, target = '' }) => connection === 0 && redirecting.includes(target))
}

const isEnd = ({ target }: MatchedRule): boolean => target === 'DROP' || target === 'REJECT'

const isOwn = ({ stack }: Subject, address: string): boolean => isLoopback(address) || stack.isLocal(address)

function causeOf(
  { routing, profile }: Subject,
  { prediction, flow: { origin, family } }: Answer,
  { target, text }: MatchedRule,
): string {
  if (target === 'TPROXY') {
    const routers = routing.rules.filter((rule) => rule.family === family && rule.fwmark !== undefined)
    const [router] = routers
    if (router === undefined) return 'no `ip rule` and route deliver what is marked to the pod itself'
    if (!routers.some((rule) => hasRoute(routing, rule)))
      return `the \`ip rule\` for the mark looks up table ${router.table}, which has no route`
    const port = Number(/--on-port (\d+)/.exec(text)?.[1])
    const hears = profile.listeners.some((listener) => listener.port === port && listener.transparent)
    if (!hears) return 'the proxy does not listen there for connections to other addresses (IP_TRANSPARENT)'
    const [attempt] = prediction.attempts
    if ((attempt?.deciding ?? attempt?.decisive.ended)?.packet === 'answer')
      return 'the rule takes the answer, too, and nobody waits for that'
  }
  if (origin.kind !== 'pod' && /--to-destination 127\./.test(text))
    return 'route_localnet is off, so that nothing from outside is delivered on loopback'
  return 'the kernel does not deliver it where the rule sends it'
}
