import { isDeepStrictEqual } from 'node:util'
import type { Routing } from '../../agent/protocol.ts'
import { type Family, families } from '../../core/address.ts'
import type { HarnessError } from '../../core/errors.ts'
import { rememberedOf } from '../../core/remembered.ts'
import type { PodPlan } from '../../flow/pod-plan.ts'
import type { Backend } from '../../flow/backend.ts'
import type { Applied, RuleText } from '../../flow/ruleset.ts'
import { emptyTree, type Loaded, loadRules } from '../../iptables/ruleset/load.ts'
import type { Loader } from '../../iptables/words/loader.ts'
import { lower } from '../../iptables/ruleset/lower.ts'
import type { Tree } from '../../iptables/syntax/tree.ts'
import { NetworkStack } from '../../model/stack/network-stack.ts'
import type { Ruleset } from '../../netfilter/ruleset.ts'
import type { JobPlan } from '../checks/job-plan.ts'
import { firstEqual } from './equal-texts.ts'

/** A pod's rules as they stand after loading, and what is set up beside them; or why they cannot be read here. */
export type LoadedRules = ReadRules | { unread: string }

export interface ReadRules {
  /** As they are written. */
  trees: Readonly<Record<Family, Tree>>
  loader: Loader
  /** What the kernel executes. */
  rulesets: Readonly<Record<Family, Ruleset>>
  routing?: Routing
}

/** What no text makes. */
const none: Readonly<Record<Family, Loaded>> = {
  ipv4: { tree: emptyTree('ipv4') },
  ipv6: { tree: emptyTree('ipv6') },
}

/** One text's rules, read once and shared; they are never changed. */
const readText = (text: RuleText): Loaded => readFirst(firstEqual(text))

const readFirst = rememberedOf((text: RuleText): Loaded => placed(loadRules([text], text.family), text))

/** By the first of them. */
const readTogether = new WeakMap<RuleText, { texts: readonly RuleText[]; loaded: Loaded }[]>()

/** What texts of one family make, one after the other, read once and shared. */
export function readTexts(texts: readonly RuleText[], family: Family): Loaded {
  const own = texts.filter((text) => text.family === family).map(firstEqual)
  const [first] = own
  if (first === undefined) return none[family]
  if (own.length === 1) return readText(first)
  const alike = readTogether.get(first) ?? []
  const isSame = (other: readonly RuleText[]): boolean =>
    other.length === own.length && other.every((text, index) => text === own[index])
  const known = alike.find((other) => isSame(other.texts))
  if (known !== undefined) return known.loaded
  const loaded = loadRules(own, family)
  readTogether.set(first, [...alike, { texts: own, loaded }])
  return loaded
}

/** Rules by their lines in the file that they come from. */
function placed(loaded: Loaded, text: RuleText): Loaded {
  const inFile = text.form === 'restore' ? text.inFile : undefined
  if (inFile === undefined) return loaded
  for (const { chains } of loaded.tree.tables.values())
    for (const { rules } of chains.values())
      for (const rule of rules) rule.place = { ...rule.place, line: inFile[rule.place.line - 1] ?? rule.place.line }
  return loaded
}

/** @param backend which loads it, if that is known. @returns what one text makes, and why it ends early if it does. */
export function loadText(text: RuleText, backend?: Backend): { ruleset: Ruleset; failed?: HarnessError } {
  const { tree, failed } = readText(text)
  return { ruleset: lowered(tree, backend), ...(failed && { failed }) }
}

const known = new WeakMap<Tree, Map<string, Ruleset>>()

/** Shared as well, by the backends too for which the kernel executes the same. */
function lowered(tree: Tree, backend: Backend | undefined): Ruleset {
  const byBackend = known.get(tree) ?? new Map<string, Ruleset>()
  known.set(tree, byBackend)
  const found = byBackend.get(backend ?? '')
  if (found !== undefined) return found
  const made = lower(tree, { ...(backend && { backend }) })
  const same = byBackend.values().find((other) => isDeepStrictEqual(other, made)) ?? made
  byBackend.set(backend ?? '', same)
  return same
}

/** @param applied what became of loading the rules, which may have ended early. */
export function loadPodRules(
  { rules, routing, pod }: Pick<JobPlan, 'rules' | 'routing' | 'pod'>,
  applied: Applied | 'none',
): LoadedRules {
  const trees = loadTexts(rules, applied)
  if ('unread' in trees) return trees
  const { backend } = pod
  const rulesets = Object.fromEntries(
    families.map((family) => [family, lowered(trees[family], backend)]),
  ) as ReadRules['rulesets']
  return { trees, loader: { backend }, rulesets, ...(routing && { routing }) }
}

/** The pod as the model knows it. */
export const networkStackOf = (pod: PodPlan, { routing }: Pick<ReadRules, 'routing'>): NetworkStack =>
  new NetworkStack(pod, routing)

function loadTexts(texts: readonly RuleText[], applied: Applied | 'none'): ReadRules['trees'] | { unread: string } {
  if (texts.some(({ backend }) => backend !== undefined))
    return {
      unread: "rules stand in both of iptables' backends, and it is not known which of them the kernel asks first",
    }
  const rejectedAt = applied === 'none' || applied.ok ? undefined : applied.line
  if (rejectedAt === 0) return unlocated(applied)
  const loaded = families.map((family) => {
    const own = readTexts(texts, family)
    // A line that loads once may be refused the second time; the reader finds that out itself.
    return [
      family,
      own.failed === undefined && rejectedAt !== undefined ? loadRules(texts, family, rejectedAt) : own,
    ] as const
  })
  const unread = loaded.find(([, { failed }]) => failed !== undefined && rejectedAt === undefined)?.[1].failed
  if (unread !== undefined) return { unread: `the rules cannot be read: ${unread.line}` }
  return Object.fromEntries(loaded.map(([family, { tree }]) => [family, tree])) as ReadRules['trees']
}

/** Rules that were rejected at an unknown place. */
function unlocated(applied: Applied | 'none'): ReadRules['trees'] | { unread: string } {
  if (applied !== 'none' && !applied.ok && applied.leaves === 'part')
    return { unread: 'the rules were rejected, and it is not known where' }
  return { ipv4: emptyTree('ipv4'), ipv6: emptyTree('ipv6') }
}
