import type { Hook } from '../../flow/matched-rule.ts'
import { dnsPort } from '../../flow/listener.ts'
import type { Condition } from '../../netfilter/condition.ts'
import type { Interval } from '../../netfilter/interval-set.ts'
import { jumpsOf, type Rule, type Ruleset, rulesReached, type Table } from '../../netfilter/ruleset.ts'
import { redirectedTo } from './foreign-proxy.ts'

/** One way on which rules send to a port of the pod's own. */
export interface Arrival {
  ports: Interval<number>
  protocol: 'tcp' | 'udp'
  /** What was rerouted to loopback by its mark and comes in there was sent by the pod. */
  from: 'outbound' | 'inbound'
  /** Whether only what is sent to port 53 comes this way. */
  isDns: boolean
  isTransparent: boolean
  /** The chains on it that are no base chains. */
  by: readonly string[]
}

/** What all packets on a way have in common, as far as the listener depends on it. */
interface Way {
  tcp: boolean
  udp: boolean
  from: Arrival['from']
  isDns: boolean
}

const sides: Partial<Record<Hook, Arrival['from']>> = { OUTPUT: 'outbound', PREROUTING: 'inbound' }

/** TCP and UDP by their numbers (RFC 790). */
const numbers = { tcp: 6, udp: 17 } as const

/** Every way on which rules of a family send to a port of the pod's own. @param podAddresses the pod's own. */
export function arrivalsOf({ tables }: Ruleset, podAddresses: readonly string[]): Arrival[] {
  return [...tables.values()].flatMap((table) => {
    const found: Arrival[] = []
    const seen = new Set<string>()
    const walk = (chain: string, way: Way, by: readonly string[]): void => {
      const key = [chain, way.tcp, way.udp, way.from, way.isDns].join(' ')
      if (seen.has(key)) return
      seen.add(key)
      for (const rule of table.chains.get(chain)?.rules ?? []) {
        const on = narrowed(way, rule)
        found.push(...arrivalsBy(rule, on, podAddresses, by))
        for (const next of jumpsOf(rule)) walk(next, on, [...by, next])
      }
    }
    for (const { name, from } of entries(table)) walk(name, { tcp: true, udp: true, from, isDns: false }, [])
    return found
  })
}

/** Whether what a sender has marked is let go where the pod's own connections leave it. */
export const sparesByMark = ({ tables }: Ruleset): boolean =>
  [...tables.values()].some((table) =>
    reachedFrom(table, 'outbound').some(
      ({ conditions, statements }) =>
        conditions.some((condition) => condition.kind === 'field' && condition.field === 'mark') &&
        statements.some(({ kind }) => kind === 'return' || kind === 'accept'),
    ),
  )

/** Whether what the pod sends may be routed by a mark that it gets on its way out. */
export const marksWhatIsSent = ({ tables }: Ruleset): boolean =>
  [...tables.values()].some((table) =>
    reachedFrom(table, 'outbound').some(({ statements }) => statements.some(({ kind }) => kind === 'mark')),
  )

const reachedFrom = (table: Table, side: Arrival['from']): Rule[] =>
  rulesReached(table, ({ hook }) => sides[hook] === side)

const entries = ({ chains }: Table): { name: string; from: Arrival['from'] }[] =>
  [...chains.values()].flatMap(({ name, base }) => {
    const from = base && sides[base.hook]
    return from === undefined ? [] : { name, from }
  })

function arrivalsBy(rule: Rule, way: Way, podAddresses: readonly string[], by: readonly string[]): Arrival[] {
  const isTransparent = rule.statements.some(({ kind }) => kind === 'tproxy')
  return redirectedTo(rule, podAddresses).flatMap((ports) =>
    (['tcp', 'udp'] as const).flatMap((protocol) =>
      way[protocol] ? { ports, protocol, from: way.from, isDns: way.isDns, isTransparent, by } : [],
    ),
  )
}

function narrowed(way: Way, { conditions }: Rule): Way {
  const allows = (protocol: 'tcp' | 'udp'): boolean =>
    way[protocol] &&
    conditions.every(
      (asked) => asked.kind !== 'field' || asked.field !== 'protocol' || asked.in.contains(numbers[protocol]),
    )
  return {
    tcp: allows('tcp'),
    udp: allows('udp'),
    from: conditions.some(isFromLoopback) ? 'outbound' : way.from,
    isDns: way.isDns || conditions.some(isToDns),
  }
}

const isFromLoopback = ({ asked }: Condition): boolean =>
  asked.subject === '-i' && asked.value === 'lo' && !asked.negated

function isToDns(condition: Condition): boolean {
  if (condition.kind !== 'field' || condition.field !== 'dport') return false
  const [only, ...others] = condition.in.intervals
  return others.length === 0 && only?.first === dnsPort && only.last === dnsPort
}
