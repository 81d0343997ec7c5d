import type { RoutingRule } from '../../flow/policy-routing.ts'
import { rulesOf } from '../../netfilter/ruleset.ts'
import type { Rule, Ruleset } from '../../netfilter/ruleset.ts'
import { caseOf, type Detector } from '../detector.ts'
import type { Finding, FindingKind } from '../finding.ts'
import { hasRoute } from '../routes.ts'
import { allRules } from '../rules.ts'

const unasked: FindingKind = {
  code: 'mark-without-route',
  severity: 'warning',
  title: 'Packets are marked, and nothing asks for the mark, or no route is there for it',
  about:
    'A rule marks packets to have them routed to the proxy, and there is no `ip rule` for that mark, nor a rule that asks for it; or the `ip rule` looks up a table without a route: they go where they would have gone without.',
  remedy:
    'Add the `ip rule add fwmark MARK lookup TABLE` and the route of that table, or capture `ip rule` and `ip route show table all` too.',
}

const assumed: FindingKind = {
  code: 'routing-assumed',
  severity: 'note',
  title: 'The rules need policy routing, and the text tells of none',
  about:
    'What the rules mark is delivered by an `ip rule` and a route that no iptables-save shows. Those that the mesh sets up are taken for granted here.',
  remedy: 'Capture `ip rule` and `ip route show table all` beside the rules, so that they are known.',
}

/** Marks for which no routing rule is known. */
export const marks: Detector = {
  kinds: [unasked, assumed],
  *find({ families, rulesets, routing, isRoutingTold }): Iterable<Finding> {
    for (const family of families) {
      const ruleset = rulesets[family]
      const rules = routing.rules.filter((rule) => rule.family === family)
      for (const { rule, place, table } of allRules(ruleset)) {
        const [statement] = rule.statements
        const isTproxy = statement?.kind === 'tproxy'
        if ((statement?.kind !== 'mark' || table === 'nat') && !isTproxy) continue
        const { value, mask } = statement
        if (value === 0) continue
        const routers = rules.filter((each) => asks(each, value))
        const [router] = routers
        // What sets it on the way out, to come in again where TPROXY waits for it.
        const setters = isTproxy ? allRules(ruleset).filter((other) => sets(other.rule, value)) : []
        if (router === undefined && (isTproxy || !isAsked(ruleset, value, mask)))
          yield caseOf(unasked, {
            key: `${place.table} ${place.text}`,
            what: `${isTproxy ? 'no ip rule' : 'nothing'} asks for the mark 0x${value.toString(16)} that ${place.chain} sets`,
            rules: [place, ...setters.map((other) => other.place)],
          })
        else if (router !== undefined && isRoutingTold && !routers.some((each) => hasRoute(routing, each)))
          yield caseOf(unasked, {
            key: `table ${router.table}`,
            what: `the ip rule for the mark 0x${value.toString(16)} that ${place.chain} sets looks up table ${router.table}, which has no route`,
            rules: [place],
          })
        else if (router !== undefined && !isRoutingTold)
          yield caseOf(assumed, {
            key: `0x${value.toString(16)}`,
            what: `an ip rule for the mark 0x${value.toString(16)} is assumed, as the mesh sets it up`,
            rules: [place],
          })
      }
    }
  },
}

const sets = ({ statements: [statement] }: Rule, value: number): boolean =>
  statement?.kind === 'mark' && statement.value === value

const asks = ({ fwmark, mask = 0xffff_ffff }: RoutingRule, value: number): boolean =>
  fwmark !== undefined && (value & mask) >>> 0 === fwmark

/**
 * Whether a rule asks for it, or saves it for the connection, where another may. Of a mark that is set in part, other
 * rules set the rest: whoever asks about a bit of it may mean it.
 */
function isAsked(ruleset: Ruleset, value: number, mask: number): boolean {
  const isPart = mask >>> 0 !== 0xffff_ffff
  return rulesOf(ruleset).some(
    ({ conditions, statements }) =>
      statements.some((statement) => statement.kind === 'connmark' && statement.action === 'save') ||
      conditions.some(
        (condition) =>
          condition.kind === 'field' &&
          condition.field === 'mark' &&
          (isPart
            ? (value & (condition.mask ?? 0xffff_ffff)) !== 0
            : (condition.asked.negated ? condition.in.complement() : condition.in).contains(
                (value & (condition.mask ?? 0xffff_ffff)) >>> 0,
              )),
      ),
  )
}
