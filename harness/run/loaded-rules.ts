import type { Routing, RulesPlan } from '../agent/protocol.ts'
import { type Family, families } from '../core/address.ts'
import type { Applied, RuleText } from '../flow/ruleset.ts'
import { emptyRuleset, type Loaded, loadRules } from '../iptables/load.ts'
import type { Ruleset } from '../iptables/tree.ts'
import type { Accounts } from '../model/accounts.ts'
import type { Surrounding } from '../model/surrounding.ts'
import { World } from '../model/world.ts'

/** A pod's rules as they stand after loading, what is set up beside them, and what names stand for in them, as far as that is known; or why they cannot be read here. */
export type LoadedRules = { rulesets: Readonly<Record<Family, Ruleset>>; routing?: Routing; accounts?: Accounts } | { unread: string }

const known = new WeakMap<RuleText, Loaded>()

/** One text's rules by themselves. They are read once, and shared: nobody changes them. */
export function loadText(text: RuleText): Loaded {
  const loaded = known.get(text) ?? loadRules([text], text.family)
  known.set(text, loaded)
  return loaded
}

/** @param applied what became of loading the rules, which may have ended early. */
export function loadPodRules({ rules: texts, routing }: RulesPlan, applied: Applied | 'none'): LoadedRules {
  const loaded = loadTexts(texts, applied)
  return 'unread' in loaded || routing === undefined ? loaded : { ...loaded, routing }
}

/** The pod as the model knows it. */
export const worldOf = (pod: Surrounding, { routing, accounts }: Partial<Exclude<LoadedRules, { unread: string }>>): World =>
  new World({ ...pod, ...(routing && { routing }) }, accounts)

function loadTexts(texts: readonly RuleText[], applied: Applied | 'none'): LoadedRules {
  const rejectedAt = applied === 'none' || applied.ok ? undefined : applied.line
  if (rejectedAt === 0) return unlocated(applied)
  const loaded = families.map((family) => {
    const [first, ...others] = texts.filter((text) => text.family === family)
    const own = first !== undefined && others.length === 0 ? loadText(first) : loadRules(texts, family)
    // The second time round a line may be refused that was right the first time; that is for the reader to see by itself.
    return [family, own.failed === undefined && rejectedAt !== undefined ? loadRules(texts, family, rejectedAt) : own] as const
  })
  const unread = loaded.find(([, { failed }]) => failed !== undefined && rejectedAt === undefined)?.[1].failed
  if (unread !== undefined) return { unread: `the rules cannot be read: ${unread.line}` }
  return { rulesets: Object.fromEntries(loaded.map(([family, { ruleset }]) => [family, ruleset])) as Record<Family, Ruleset> }
}

/** Rules that were rejected nobody knows where. */
function unlocated(applied: Applied | 'none'): LoadedRules {
  if (applied !== 'none' && !applied.ok && applied.leaves === 'part')
    return { unread: 'the rules were rejected, and it is not known where' }
  return { rulesets: { ipv4: emptyRuleset('ipv4'), ipv6: emptyRuleset('ipv6') } }
}
