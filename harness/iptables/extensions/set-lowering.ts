import { type IpSet, setTypes } from '../../flow/ip-set.ts'
import type { Condition, InSet, Opaque } from '../../netfilter/condition.ts'
import type { Decision, DecisionField } from '../../netfilter/decision.ts'
import type { Context } from '../words/loader.ts'
import type { Asked } from './extension.ts'
import { textOf } from './lowering.ts'
import type { Given } from './option.ts'
import { decisionOf, fieldsAsked, unmodelledPart } from './set-members.ts'

/** What a set comes to for a rule that asks about it in some directions, or why nobody here knows. */
type Known = Pick<InSet, 'anyOf' | 'asks' | 'changes'> | string

/** How a rule asks. */
interface Asking {
  /** `src` is true; one for each dimension. */
  isSource: readonly boolean[]
  returnsNomatch: boolean
  context: Context
}

/** `--match-set NAME DIRECTIONS`, with what stands beside it (set_match_v4 in net/netfilter/xt_set.c). */
export function lowerSet({ options }: Asked, context: Context): Condition[] {
  const asked = options.find(({ option }) => option === '--match-set')
  if (asked === undefined) return []
  const [name = '', directions = ''] = asked.words
  const returnsNomatch = options.some(({ option }) => option === '--return-nomatch')
  const isSource = directions.split(',').map((direction) => direction.startsWith('src'))
  const known = knownOf(name, { isSource, returnsNomatch, context })
  const counters = options.filter(({ option }) => /^--(?:packets|bytes)-/.test(option))
  const why =
    typeof known === 'string'
      ? known
      : counters.length > 0 && countsAny(name, context)
        ? `how often set ${name} has been matched is not known`
        : undefined
  const shown = options.find(({ option }) => option === '--return-nomatch')
  const text = withText(asked, [...(shown ? [shown] : []), ...(typeof known === 'string' ? [] : counters)])
  if (why !== undefined || typeof known === 'string')
    return [{ asked: text, kind: 'unknown', values: asked.words, why: why ?? '' } satisfies Condition & Opaque]
  return [{ asked: text, kind: 'set', name, negated: asked.negated, ...known }]
}

function withText(asked: Given, beside: readonly Given[]) {
  const own = textOf(asked)
  const more = beside.map((given) => {
    const { subject, value, negated } = textOf(given)
    return `${negated ? '! ' : ''}${subject}${value === undefined ? '' : ` ${value}`}`
  })
  return { ...own, value: [asked.words.join(' '), ...more].join(' ') }
}

/** A set without counters does not hold them against anybody (ip_set_match_extensions in ip_set.h). */
const countsAny = (name: string, { sets }: Context): boolean => sets.get(name)?.counts === true

function knownOf(name: string, asking: Asking): Known {
  const { context } = asking
  const set = context.sets.get(name)
  if (set === undefined) return `the members of set ${name} are not in the text; \`ipset save\` shows them`
  const members = set.type === 'list:set' ? listed(set, context) : [set]
  if (typeof members === 'string') return members
  const changes = new Set([set, ...members].flatMap((one) => [...(context.changed.get(one.name) ?? [])]))
  const anyOf: Decision[] = []
  const asks = new Set<DecisionField>()
  for (const member of members) {
    const decision = decidedIn(member, asking)
    if (typeof decision === 'string') return decision
    if (decision === undefined) continue
    if (decision !== false) anyOf.push(decision)
    for (const field of fieldsAsked(member, asking.isSource, context.family)) asks.add(field)
  }
  return { anyOf, asks: [...asks], changes }
}

/** A set of sets holds no other one of that kind (list_set_uadd in ip_set_list_set.c). */
function listed({ name, members }: IpSet, { sets }: Context): IpSet[] | string {
  const found: IpSet[] = []
  for (const { parts } of members) {
    const [part] = parts
    const other = part?.is === 'set' ? sets.get(part.name) : undefined
    if (other === undefined)
      return `the members of set ${part?.is === 'set' ? part.name : ''}, which is in ${name}, are not in the text; \`ipset save\` shows them`
    if (other.type === 'list:set')
      return `set ${name} holds ${other.name}, which holds sets itself, and no kernel takes that`
    found.push(other)
  }
  return found
}

const decisions = new WeakMap<IpSet, Map<string, Decision | string>>()

/** To a rule of another family, or one that names fewer directions, it has no members (ip_set_test). */
function decidedIn(
  set: IpSet,
  { isSource, returnsNomatch, context: { family } }: Asking,
): Decision | string | undefined {
  const parts = setTypes[set.type]
  const unmodelled = unmodelledPart(set)
  if (isSource.length < parts.length) return undefined
  if (unmodelled !== undefined) return `set ${set.name} is of type ${set.type}, whose ${unmodelled} are not known here`
  if (family !== set.family && !isOfNoFamily(set)) return undefined
  const known = decisions.get(set) ?? new Map<string, Decision | string>()
  decisions.set(set, known)
  const key = `${family} ${isSource.slice(0, parts.length).join()} ${returnsNomatch}`
  const found = known.get(key) ?? decisionOf(set, { family, isSource, returnsNomatch })
  known.set(key, found)
  return found
}

const isOfNoFamily = ({ type }: IpSet): boolean => type === 'bitmap:port' || type === 'hash:mac'
