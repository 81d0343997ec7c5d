import type { Family } from '../../harness/core/address.ts'

/** From 0 up to 1. */
export type Dice = () => number

export function pickOf<T>(list: readonly T[], dice: Dice): T {
  const found = list[Math.floor(dice() * list.length)]
  if (found === undefined) throw new TypeError('an empty list')
  return found
}

type Change = (lines: readonly string[], at: number, family: Family, dice: Dice) => string[] | undefined

const replaced = (lines: readonly string[], at: number, ...by: string[]): string[] => [
  ...lines.slice(0, at),
  ...by,
  ...lines.slice(at + 1),
]

/** The table that a line stands in. */
const tableOf = (lines: readonly string[], at: number): string =>
  lines.slice(0, at).findLast((line) => line.startsWith('*')) ?? ''

/** A place in the same table, or in any. */
function otherRule(lines: readonly string[], at: number, dice: Dice, isNear: boolean): number | undefined {
  const others = lines.flatMap((line, index) =>
    line.startsWith('-A') && index !== at && (!isNear || tableOf(lines, index) === tableOf(lines, at)) ? index : [],
  )
  return others.length === 0 ? undefined : pickOf(others, dice)
}

/** Every number but those in names, and those that say how long something is. */
const numbers = /(?<![\w.:/-])(?:0x)?\d+(?![\w.]|:\d+:)/g

/** What somebody does who edits a rule builder, right or wrong. */
const changes: Readonly<Record<string, Change>> = {
  drop: (lines, at) => replaced(lines, at),
  twice: (lines, at) => replaced(lines, at, lines[at] ?? '', lines[at] ?? ''),
  swap: (lines, at, _family, dice) => {
    const other = otherRule(lines, at, dice, true)
    if (other === undefined) return undefined
    return replaced(replaced(lines, at, lines[other] ?? ''), other, lines[at] ?? '')
  },
  constant: (lines, at, _family, dice) => {
    const line = lines[at] ?? ''
    const found = [...line.matchAll(numbers)]
    if (found.length === 0) return undefined
    const { 0: text, index } = pickOf(found, dice)
    const next = Math.max(0, Number(text) + (dice() < 0.5 ? 1 : -1))
    return replaced(
      lines,
      at,
      `${line.slice(0, index)}${text.startsWith('0x') ? `0x${next.toString(16)}` : next}${line.slice(index + text.length)}`,
    )
  },
  prefix: (lines, at, _family, dice) => {
    const line = lines[at] ?? ''
    const made = line.replace(
      /\/(\d+)(?=[\s,]|$)/,
      (_, length) => `/${Math.max(0, Number(length) + (dice() < 0.5 ? 1 : -1))}`,
    )
    return made === line ? undefined : replaced(lines, at, made)
  },
  negate: (lines, at, _family, dice) => {
    const line = lines[at] ?? ''
    const asked = [
      ...line.matchAll(
        /(?:! )?(?:--(?:dport|sport|dports|sports|ports|uid-owner|gid-owner|ctstate|mark|src-type|dst-type|src-range|dst-range|syn|socket-exists)|-[spdio])(?= )/g,
      ),
    ]
    if (asked.length === 0) return undefined
    const { 0: text, index } = pickOf(asked, dice)
    const other = text.startsWith('! ') ? text.slice(2) : `! ${text}`
    return replaced(lines, at, `${line.slice(0, index)}${other}${line.slice(index + text.length)}`)
  },
  condition: (lines, at) => {
    const made = withoutCondition(lines[at] ?? '')
    return made === lines[at] ? undefined : replaced(lines, at, made)
  },
  chain: (lines, at, _family, dice) => {
    const line = lines[at] ?? ''
    const declared = lines.flatMap((other, index) =>
      other.startsWith(':') && tableOf(lines, index) === tableOf(lines, at) ? (/^:(\S+)/.exec(other)?.[1] ?? []) : [],
    )
    const chain = pickOf([...declared, 'OUTPUT', 'PREROUTING', 'INPUT', 'POSTROUTING'], dice)
    return replaced(lines, at, line.replace(/^-A \S+/, `-A ${chain}`))
  },
  table: (lines, at, _family, dice) => {
    const other = otherRule(lines, at, dice, false)
    if (other === undefined || tableOf(lines, other) === tableOf(lines, at)) return undefined
    const moved = lines[at] ?? ''
    return other > at
      ? [...lines.slice(0, at), ...lines.slice(at + 1, other), moved, ...lines.slice(other)]
      : [...lines.slice(0, other), moved, ...lines.slice(other, at), ...lines.slice(at + 1)]
  },
  target: (lines, at, _family, dice) => {
    const line = lines[at] ?? ''
    const others = lines.flatMap((other, index) =>
      index !== at && tableOf(lines, index) === tableOf(lines, at) ? (/ -[jg] .*$/.exec(other)?.[0] ?? []) : [],
    )
    const target = pickOf([...others, ' -j ACCEPT', ' -j RETURN'], dice)
    const made = line.replace(/ -[jg] .*$/, target)
    return made === line ? undefined : replaced(lines, at, made)
  },
  policy: (lines, at, _family, dice) => {
    if (tableOf(lines, at) === '*nat') return undefined
    const begins = lines.lastIndexOf(tableOf(lines, at), at)
    const chain = pickOf(['OUTPUT', 'OUTPUT', 'INPUT'], dice)
    const own = lines.findIndex((line, index) => index > begins && index < at && line.startsWith(`:${chain} `))
    const closed = `:${chain} DROP [0:0]`
    if (own !== -1 && lines[own] !== closed) return undefined
    return own === -1 ? replaced(lines, begins, lines[begins] ?? '', closed) : replaced(lines, own)
  },
}

/** A rule that no longer asks one thing. */
export const withoutCondition = (line: string): string =>
  line.replace(/ (?:! )?(?:-m (?!tcp|udp|multiport)\w+ (?:! )?--\S+ \S+|-[dsio] \S+)/, '')

const names = Object.keys(changes)

/** One change of one rule, if one that was tried can be made. */
export function changeRules(
  lines: readonly string[],
  family: Family,
  dice: Dice,
): { lines: string[]; how: string } | undefined {
  const rules = lines.flatMap((line, index) => (line.startsWith('-A') ? index : []))
  if (rules.length === 0) return undefined
  for (let tries = 0; tries < 20; tries += 1) {
    const how = pickOf(names, dice)
    const made = changes[how]?.(lines, pickOf(rules, dice), family, dice)
    if (made !== undefined && made.join('\n') !== lines.join('\n')) return { lines: made, how }
  }
  return undefined
}
