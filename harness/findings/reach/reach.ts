import type { Hook } from '../../flow/matched-rule.ts'
import type { Chain, Rule, Ruleset } from '../../netfilter/ruleset.ts'
import type { Statement } from '../../netfilter/statement.ts'
import { hookBoxes } from './hook-boxes.ts'
import { type Box, boxOf, forgetting, intersect, subtract } from './space.ts'

/** Why no packet ever matches a rule. */
export type Unmatched =
  /**
   * Its conditions exclude each other, or what packets are at the hooks where it is asked, or what is sent to its
   * chain.
   */
  | { why: 'contradictory'; because: 'itself' | 'hooks' | 'entry'; hooks: readonly Hook[] }
  /** The rules before it take all packets that it asks for. */
  | { why: 'shadowed'; by: readonly Located[] }

export interface Located {
  table: string
  chain: string
  /** From 1. */
  number: number
  rule: Rule
}

/** What is known of the reach of a ruleset's rules. */
export interface Reach {
  unmatched: readonly (Located & Unmatched)[]
  /** Chains with rules that no packet enters, since nothing jumps there. */
  unentered: readonly { table: string; chain: Chain }[]
  /** There were more rules and boxes than are looked into: of the rest nothing is known. */
  isPartial: boolean
}

/**
 * Boxes that what still goes on is kept in: with more, nothing is taken from it any longer, so that it is too much and
 * never too little.
 */
const mostBoxes = 48
/** How many times a rule is held against a box. */
const mostSteps = 400_000
/** The kernel refuses deeper ones only where they go round (NFT_JUMP_STACK_SIZE is 16). */
const mostDepth = 16

/** What a rule takes for good, of what comes to it. */
interface Taken {
  by: Located
  box: Box
}

/**
 * Which rules can match at all, by following all packets at once through each base chain. What cannot be told is taken
 * for a match, so that a rule told here never matches whatever else there is; of one that is not told, one does not
 * know.
 */
export function reachOf({ tables }: Ruleset): Reach {
  const walk = new Walk()
  const unmatched: (Located & Unmatched)[] = []
  const unentered: Reach['unentered'][number][] = []
  for (const table of tables.values()) {
    for (const chain of table.chains.values())
      if (chain.base !== undefined) walk.enterBase(table.name, chain, chain.base.hook, table.chains)
    for (const chain of table.chains.values()) {
      if (chain.base === undefined && chain.rules.length > 0 && !walk.entered.has(chain))
        unentered.push({ table: table.name, chain })
      for (const [index, rule] of chain.rules.entries()) {
        const missed = walk.missed(rule)
        if (missed !== undefined)
          unmatched.push({ table: table.name, chain: chain.name, number: index + 1, rule, ...missed })
      }
    }
  }
  return {
    unmatched: walk.isPartial ? [] : unmatched,
    unentered: walk.isPartial ? [] : unentered,
    isPartial: walk.isPartial,
  }
}

class Walk {
  readonly entered = new Set<Chain>()
  isPartial = false
  readonly #matched = new Set<Rule>()
  readonly #missed = new Map<Rule, { hooks: Set<Hook>; by: Set<Located> | undefined }>()
  readonly #boxes = new Map<Rule, ReturnType<typeof boxOf>>()
  #steps = 0

  enterBase(table: string, chain: Chain, hook: Hook, chains: ReadonlyMap<string, Chain>): void {
    this.#walk({ table, chains, hook }, chain, [hookBoxes[hook]], [], 0)
  }

  /** Why a rule that was asked never matched; undefined if it did, or nobody got so far. */
  missed(rule: Rule): Unmatched | undefined {
    const missed = this.#missed.get(rule)
    if (missed === undefined || this.#matched.has(rule)) return undefined
    const { hooks, by } = missed
    if (by !== undefined && by.size > 0) return { why: 'shadowed', by: [...by] }
    const because = this.#boxOf(rule).box === undefined ? 'itself' : by === undefined ? 'hooks' : 'entry'
    return { why: 'contradictory', because, hooks: [...hooks] }
  }

  /** @returns what comes back from the chain. */
  #walk(
    where: { table: string; chains: ReadonlyMap<string, Chain>; hook: Hook },
    chain: Chain,
    coming: readonly Box[],
    takenBefore: readonly Taken[],
    depth: number,
  ): { back: Box[]; taken: Taken[] } {
    this.entered.add(chain)
    if (depth > mostDepth) {
      this.isPartial = true
      return { back: [...coming], taken: [] }
    }
    let going = [...coming]
    const back: Box[] = []
    const taken: Taken[] = []
    const returned: Taken[] = []
    for (const [index, rule] of chain.rules.entries()) {
      const located = { table: where.table, chain: chain.name, number: index + 1, rule }
      const own = this.#boxOf(rule)
      const matching = own.box === undefined ? [] : this.#common(going, own.box)
      if (this.isPartial) return { back: going, taken }
      if (matching.length === 0) {
        this.#miss(located, coming, where.hook, takenBefore, [...taken, ...returned])
        continue
      }
      this.#matched.add(rule)
      const [statement] = rule.statements
      if (statement === undefined) continue
      const take = (kept: Taken[]): void => {
        if (!own.isExact || own.box === undefined) return
        const left = going.flatMap((box) => subtract(box, own.box as Box))
        if (left.length > mostBoxes) return
        going = left
        kept.push({ by: located, box: own.box })
      }
      switch (effectOf(statement)) {
        case 'ends':
          take(taken)
          break
        case 'returns':
          back.push(...matching)
          take(returned)
          break
        case 'enters': {
          const target = where.chains.get((statement as { chain: string }).chain)
          if (target === undefined) break
          const inside = this.#walk(where, target, matching, [...takenBefore, ...taken, ...returned], depth + 1)
          if (statement.kind === 'goto') {
            back.push(...inside.back)
            take(returned)
          } else if (inside.taken.length > 0 && own.isExact) {
            const left = [...going.flatMap((box) => subtract(box, own.box as Box)), ...inside.back]
            if (left.length > mostBoxes) break
            going = left
            taken.push(
              ...inside.taken.flatMap(({ by, box }) => {
                const common = intersect(box, own.box as Box)
                return common === undefined ? [] : [{ by, box: common }]
              }),
            )
          }
          break
        }
        case 'changes':
          going = going.map((box) => forgetting(box, 'mark/', 'ctmark/', 'ctstate', 'ctstatus', 'socket'))
          break
        case 'goes on':
          break
      }
    }
    back.push(...going)
    return { back: back.length > mostBoxes ? [...coming] : back, taken: back.length > mostBoxes ? [] : taken }
  }

  #boxOf(rule: Rule): ReturnType<typeof boxOf> {
    const known = this.#boxes.get(rule) ?? boxOf(rule.conditions)
    this.#boxes.set(rule, known)
    return known
  }

  #common(going: readonly Box[], own: Box): Box[] {
    this.#steps += going.length
    if (this.#steps > mostSteps) this.isPartial = true
    return going.flatMap((box) => intersect(box, own) ?? [])
  }

  /**
   * Nothing of what comes to a chain, and is still going, is what a rule of it asks for: rules of the chain have taken
   * it, or all of it has been taken before, or what leads to the chain lets none of it in.
   */
  #miss(
    { rule }: Located,
    coming: readonly Box[],
    hook: Hook,
    before: readonly Taken[],
    inside: readonly Taken[],
  ): void {
    if (coming.length === 0) return
    const missed = this.#missed.get(rule) ?? { hooks: new Set(), by: undefined }
    this.#missed.set(rule, missed)
    missed.hooks.add(hook)
    const { box } = this.#boxOf(rule)
    const wanted = box && intersect(hookBoxes[hook], box)
    if (box === undefined || wanted === undefined) return
    missed.by ??= new Set()
    const came = coming.flatMap((each) => intersect(each, box) ?? [])
    for (const by of came.length === 0 ? wholeCoverOf([wanted], before) : coverOf(came, [...before, ...inside]).by)
      missed.by.add(by)
  }
}

const wholeCoverOf = (wanted: readonly Box[], takers: readonly Taken[]): readonly Located[] => {
  const { by, isWhole } = coverOf(wanted, takers)
  return isWhole ? by : []
}

/**
 * Those of the rules before that take boxes away, without any that the others make needless.
 * @returns `isWhole`: they are known to take all of it.
 */
function coverOf(wanted: readonly Box[], takers: readonly Taken[]): { by: Located[]; isWhole: boolean } {
  const needed: Taken[] = []
  let left = [...wanted]
  for (const taker of takers) {
    const rest = without(left, [taker])
    if (rest.length === left.length && rest.every((each, index) => each === left[index])) continue
    needed.push(taker)
    left = rest
    if (left.length === 0 || left.length > mostBoxes) break
  }
  if (left.length > 0) return { by: needed.map(({ by }) => by), isWhole: false }
  const kept = needed.reduce((all, each) => {
    const others = all.filter((other) => other !== each)
    return without(wanted, others).length === 0 ? others : all
  }, needed)
  return { by: kept.map(({ by }) => by), isWhole: true }
}

const without = (boxes: readonly Box[], takers: readonly Taken[]): Box[] =>
  takers.reduce<Box[]>((left, { box: hole }) => left.flatMap((each) => subtract(each, hole)), [...boxes])

/** What a statement does to what a rule matches, as far as the rules behind it see it. */
function effectOf({ kind }: Statement): 'ends' | 'returns' | 'enters' | 'changes' | 'goes on' {
  switch (kind) {
    case 'accept':
    case 'drop':
    case 'redirect':
    case 'dnat':
    case 'snat':
    case 'netmap':
    case 'masquerade':
    case 'tproxy':
    case 'reject':
      return 'ends'
    case 'return':
      return 'returns'
    case 'jump':
    case 'goto':
      return 'enters'
    case 'mark':
    case 'connmark':
    case 'notrack':
    case 'zone':
    case 'unknown':
      return 'changes'
    case 'log':
    case 'continue':
    case 'tos':
    case 'hop-limit':
      return 'goes on'
  }
}
