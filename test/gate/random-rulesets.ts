import fc from 'fast-check'
import type { Family } from '../../harness/core/address.ts'
import type { RuleText } from '../../harness/flow/ruleset.ts'
import { ruleText } from '../model/random-rules.ts'
import { changeRules, type Dice, pickOf, withoutCondition } from './change-rules.ts'
import { restoreText } from './worlds.ts'

/** One line of a payload for each table, chain and rule. */
export const linesOf = (text: RuleText): string[] => {
  if (text.form !== 'restore') throw new TypeError('random rules are payloads')
  return text.payload.split('\n')
}

const isRule = (line: string): boolean => line.startsWith('-A')

const chainOf = (line: string): string => line.split(' ')[1] ?? ''
const begins = (line: string): boolean => isRule(line) && /^[A-Z]+$/.test(chainOf(line))
const jumpsTo = (line: string, other: string): boolean => new RegExp(` -[jg] ${chainOf(other)}$`).test(line)

/** Rules of all tables and chains; few of them, so that a pair's classes are soon enumerated. */
export function randomRuleset(family: Family, seed: number, most: number, dice: Dice): RuleText {
  const [text] = fc.sample(ruleText(family), { seed, numRuns: 1 })
  if (text === undefined) throw new TypeError('a sample of one')
  const lines = linesOf(text)
  const rules = lines.filter(isRule)
  const kept = new Set<string>()
  const [begun, called] = [rules.filter(begins), rules.filter((line) => !begins(line))]
  // Rules of chains that packets come to, whatever their table, and most of them with a target.
  for (let tries = 0; kept.size < most && tries < 10 * most; tries += 1) {
    const own = called.filter((line) => [...kept].some((other) => jumpsTo(other, line)))
    const line = pickOf(own.length > 0 && dice() < 0.5 ? own : begun.length > 0 ? begun : rules, dice)
    if (/ -[jg] /.test(line) || dice() < 0.2) kept.add(line)
  }
  const made = lines
    .filter((line) => !isRule(line) || kept.has(line))
    .map((line) => (isRule(line) && dice() < 0.5 ? withoutCondition(line) : line))
  return restoreText(
    family,
    ...made.map((line) => (isRule(line) && dice() < 0.06 ? withOpaque(line, family, dice) : line)),
  )
}

/** What the model does not know; of each kind some that hold for what is sent here, and some that do not. */
const opaque: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['-m ttl --ttl-eq 64', '-m ttl --ttl-gt 64', '-m length --length 0:59', '-m dscp --dscp 0'],
  ipv6: ['-m hl --hl-eq 64', '-m hl --hl-gt 64', '-m length --length 0:79', '-m dscp ! --dscp 0'],
}

function withOpaque(line: string, family: Family, dice: Dice): string {
  const at = line.search(/ -[jg] /)
  const asked = pickOf([...opaque[family], '-m pkttype --pkt-type unicast', '-m quota --quota 100000'], dice)
  return at === -1 ? `${line} ${asked}` : `${line.slice(0, at)} ${asked}${line.slice(at)}`
}

/** Rules and what somebody makes of them: each is a pair with what it was made from. */
export interface Kin {
  texts: RuleText[]
  /** Which texts are compared, by their places. */
  pairs: [number, number, how: string][]
}

/**
 * `count` pairs: two rulesets that have nothing to do with each other, and those that were made of one of them, or of
 * one another, by one change or two, each beside what it was made of and beside another one.
 */
export function randomKin(
  family: Family,
  seed: number,
  count: number,
  most: number,
  dice: Dice,
  isReadable: (text: RuleText) => boolean,
): Kin {
  const texts: RuleText[] = []
  for (let at = 0; texts.length < 2; at += 1) {
    const text = randomRuleset(family, seed + at, most, dice)
    if (isReadable(text)) texts.push(text)
  }
  const pairs: Kin['pairs'] = [[0, 1, 'others']]
  while (pairs.length < count) {
    const from = Math.floor(dice() * texts.length)
    const own = texts[from]
    if (own === undefined || !isReadable(own)) continue
    const changed = changeRules(linesOf(own), family, dice)
    if (changed === undefined) continue
    const again = dice() < 0.25 ? changeRules(changed.lines, family, dice) : undefined
    const made = restoreText(family, ...(again ?? changed).lines)
    // Few that are rejected: nothing can be sent through those.
    if (!isReadable(made) && dice() < 0.95) continue
    texts.push(made)
    pairs.push([from, texts.length - 1, [changed.how, again?.how].filter(Boolean).join(', ')])
    // Two that have less in common: what was driven once tells of both pairs.
    const other = Math.floor(dice() * (texts.length - 1))
    if (other !== from && pairs.length < count) pairs.push([other, texts.length - 1, 'far'])
  }
  return { texts, pairs }
}
