import type { IpSet } from '../../../flow/ip-set.ts'
import type { RuleText } from '../../../flow/ruleset.ts'
import type { Unit } from '../units.ts'
import type { Sets } from './sets.ts'

/** The sets of a text that rules name, and those that they hold. */
export function setsNamedBy(text: RuleText, all: readonly IpSet[]): IpSet[] {
  const words = new Set(
    text.form === 'restore' ? text.payload.split(/[\s"'=]+/) : text.commands.flatMap(({ argv }) => argv),
  )
  const byName = new Map(all.map((set) => [set.name, set]))
  const named = new Set(all.filter(({ name }) => words.has(name)))
  for (const set of [...named])
    for (const { parts } of set.type === 'list:set' ? set.members : [])
      for (const part of parts) {
        const held = part.is === 'set' ? byName.get(part.name) : undefined
        if (held !== undefined) named.add(held)
      }
  return all.filter((set) => named.has(set))
}

/** A set that rules ask about and of which the text does not say what is in it. */
export interface MissingSet {
  name: string
  /** The first rule that names it. */
  line: number
  why: string
}

export function missingSets(units: readonly Unit[], sets: Sets): MissingSet[] {
  const known = new Map(sets.all.map((set) => [set.name, set]))
  const missing = new Map<string, MissingSet>()
  const note = (name: string, line: number): void => {
    if (missing.has(name)) return
    const set = known.get(name)
    if (set === undefined) {
      const why = sets.unread.get(name) ?? '`ipset save` shows them'
      missing.set(name, { name, line, why })
      return
    }
    for (const { parts } of set.type === 'list:set' ? set.members : [])
      for (const part of parts) if (part.is === 'set' && !known.has(part.name)) note(part.name, line)
  }
  for (const { lines, command } of units) {
    for (const { text, number } of lines) for (const [, name = ''] of text.matchAll(asking)) note(name, number)
    for (const [index, { text, line }] of (command?.words ?? []).entries()) {
      const [name, directions] = [command?.words[index + 1]?.text, command?.words[index + 2]?.text ?? '']
      if (name !== undefined && option.test(text) && /^(?:src|dst)/.test(directions)) note(name, line)
    }
  }
  return [...missing.values()]
}

/** `--set` is an option of other matches, too, which no direction follows. */
const asking = /\s--(?:match-set|set)\s+"?([^\s"]{1,31})"?\s+"?(?=src|dst)/g
const option = /^--(?:match-set|set)$/

/** In place of one of which nothing is known: it holds nothing, to rules of both families. */
export const emptySet = (name: string): IpSet => ({ name, type: 'list:set', family: 'ipv4', members: [] })
