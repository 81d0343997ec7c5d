import { loopbackAddresses } from '../../core/address.ts'
import { listed } from '../../core/conjoined.ts'
import { isCapturing, listeningPorts } from '../../flow/listener.ts'
import type { FieldQuestion } from '../../netfilter/condition.ts'
import { type Interval, rangeText } from '../../netfilter/interval-set.ts'
import { type Rule, rulesOf, type Ruleset } from '../../netfilter/ruleset.ts'
import type { Profile } from '../../mesh/profile.ts'

type Range = Interval<number>

/**
 * Signs that rules were made for another proxy than the pod has: they send to ports where it does not listen, or spare
 * a user that it does not run as. Verdicts are then about a pod that does not exist anywhere.
 * @param podAddresses the pod's own.
 * @returns one line, or undefined if there are none.
 */
export function foreignProxyWarning(
  rulesets: readonly Ruleset[],
  { ofRules, proxy, listeners, families }: Profile,
  podAddresses: readonly string[] = [],
): string | undefined {
  if (ofRules !== undefined) return undefined
  const own = listeningPorts(listeners.filter(isCapturing))
  const redirects = redirectsOf(rulesets, podAddresses)
  const elsewhere = redirects.filter(({ range }) => !(range.first === range.last && own.includes(range.first)))
  const unheard = redirects.filter((redirect) => !elsewhere.includes(redirect) && !families.includes(redirect.family))
  const spared = sparedIn(rulesets)
  const isSpared = spared.some(({ of, range }) => isWithin(of === 'uid' ? proxy.uid : proxy.gid, range))
  const ids = isSpared ? [] : spared.map(({ of, range }) => `${of.toUpperCase()} ${rangeText(range)}`)
  const ports = unique(elsewhere.map(({ range }) => rangeText(range)))
  const facts = [
    ...(ports.length === 0
      ? []
      : [
          `redirect to ${listed(ports)}, which ${ports.length === 1 ? 'is no listener' : 'are no listeners'} of that proxy`,
        ]),
    ...(unheard.length === 0
      ? []
      : [`redirect ${listed(unique(unheard.map(({ family }) => family)))}, where that proxy does not listen`]),
    ...(ids.length === 0 ? [] : [`spare ${listed(unique(ids))}, which it does not run as`]),
  ]
  return facts.length === 0 ? undefined : `warning: the rules ${facts.join('; they ')}`
}

/**
 * Where rules send to in the pod, by family; `isTransparent`: by TPROXY, so that only a transparent listener takes it.
 */
export function redirectsOf(rulesets: readonly Ruleset[], podAddresses: readonly string[]) {
  return rulesets.flatMap((ruleset) =>
    rulesOf(ruleset).flatMap((rule) => {
      const isTransparent = rule.statements.some(({ kind }) => kind === 'tproxy')
      return redirectedTo(rule, podAddresses).map((range) => ({ family: ruleset.family, range, isTransparent }))
    }),
  )
}

/** Whom rules let go. */
export const sparedIn = (rulesets: readonly Ruleset[]) =>
  rulesets.flatMap((ruleset) => rulesOf(ruleset).flatMap(sparedBy))

/** The ports of the pod's own to which a rule sends; one that keeps the port leads wherever the flow was going. */
export function redirectedTo({ statements }: Rule, podAddresses: readonly string[]): Range[] {
  return statements.flatMap((statement) => {
    if (statement.kind === 'redirect') return statement.ports ?? []
    if (statement.kind === 'tproxy')
      return statement.port === 0 ? [] : [{ first: statement.port, last: statement.port }]
    if (statement.kind !== 'dnat' || statement.ports === undefined || statement.addresses === undefined) return []
    const { first } = statement.addresses
    return isProxyAddress(first) || podAddresses.includes(first) ? [statement.ports] : []
  })
}

/** Other loopback addresses belong to other programs, such as a container engine's name server at 127.0.0.11. */
const isProxyAddress = (address: string): boolean => Object.values(loopbackAddresses).includes(address)

/** Whom a rule spares: the owner that it lets pass, or the owner that it excludes from what it captures. */
function sparedBy({ conditions, statements }: Rule): { of: 'uid' | 'gid'; range: Range }[] {
  const isPassing = statements.some(({ kind }) => kind === 'return' || kind === 'accept')
  return conditions.flatMap((condition) => {
    if (condition.kind !== 'field' || !isOfOwner(condition) || condition.account !== undefined) return []
    if (condition.asked.negated === isPassing) return []
    const named = condition.asked.negated ? condition.in.complement() : condition.in
    return named.intervals.map((range) => ({
      of: condition.field === 'uid' ? ('uid' as const) : ('gid' as const),
      range,
    }))
  })
}

const isOfOwner = <C extends FieldQuestion>(
  condition: C,
): condition is Extract<C, { field: 'uid' | 'gid' | 'anyGid' }> =>
  condition.field === 'uid' || condition.field === 'gid' || condition.field === 'anyGid'

const isWithin = (id: number, { first, last }: Range): boolean => id >= first && id <= last

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]
