import { type Dice, pickOf } from './change-rules.ts'

type Rewrite = (lines: readonly string[], at: number, dice: Dice) => string[] | undefined

const replaced = (lines: readonly string[], at: number, ...by: string[]): string[] => lines.toSpliced(at, 1, ...by)

const isRule = (line = ''): boolean => line.startsWith('-A')
const targetOf = (line: string): string | undefined => / -[jg] (\S+)/.exec(line)?.[1]
const chainOf = (line: string): string => line.split(' ')[1] ?? ''

/** A packet that meets one of these goes no further in this table, or not in this chain. */
const isEnd = (line: string): boolean =>
  /^(?:ACCEPT|DROP|RETURN|REJECT|REDIRECT|DNAT|SNAT|MASQUERADE)$/.test(targetOf(line) ?? '') || / -g /.test(line)
/** What has a memory is not asked twice. */
const isForgetful = (line: string): boolean => !/ -m (?:quota|limit|statistic|recent|hashlimit)/.test(line)

/** The first and last line of the table that a line stands in. */
function tableAround(lines: readonly string[], at: number): [first: number, last: number] {
  return [lines.findLastIndex((line, index) => index <= at && line.startsWith('*')), lines.indexOf('COMMIT', at)]
}

const rulesAround = (lines: readonly string[], at: number): string[] => {
  const [first, last] = tableAround(lines, at)
  return lines.slice(first, last).filter(isRule)
}

const unusedName = (lines: readonly string[]): string => {
  for (let number = 1; ; number += 1) if (!lines.some((line) => line.includes(`NEW_${number} `))) return `NEW_${number}`
}

/** What somebody does to the text of a rule builder who means to change nothing, and changes nothing. */
const rewrites: Readonly<Record<string, Rewrite>> = {
  comment: (lines, at) =>
    replaced(lines, at, (lines[at] ?? '').replace(/^-A \S+/, '$& -m comment --comment "as it was"')),
  rename: (lines, at) => {
    const [first, last] = tableAround(lines, at)
    const own = lines.slice(first, last).flatMap((line) => /^:([A-Z]+_\w+) /.exec(line)?.[1] ?? [])[0]
    if (own === undefined) return undefined
    const word = new RegExp(`(?<=^:|^-A | -[jg] )${own}(?= |$)`)
    return lines.map((line, index) =>
      index > first && index < last ? line.replace(word, 'OTHER_NAME').replace(word, 'OTHER_NAME') : line,
    )
  },
  twice: (lines, at) => {
    const line = lines[at] ?? ''
    return isEnd(line) && isForgetful(line) ? replaced(lines, at, line, line) : undefined
  },
  'jump twice': (lines, at) => {
    const line = lines[at] ?? ''
    if (!/ -j [A-Z]+_\w+$/.test(line) || !isForgetful(line)) return undefined
    const calm = rulesAround(lines, at).every(
      (rule) => isForgetful(rule) && (isEnd(rule) || / -j [A-Z]+_\w+$/.test(rule) || targetOf(rule) === undefined),
    )
    return calm ? replaced(lines, at, line, line) : undefined
  },
  'split a range of ports': (lines, at) => {
    const line = lines[at] ?? ''
    const [text = '', option, first, last] = /(?<!! )(--[sd]port) (\d+):(\d+)(?= )/.exec(line) ?? []
    const [from, to] = [Number(first), Number(last)]
    if (text === '' || from >= to || !isEnd(line) || !isForgetful(line)) return undefined
    const middle = Math.floor((from + to) / 2)
    return replaced(
      lines,
      at,
      line.replace(text, `${option} ${middle + 1}:${to}`),
      line.replace(text, `${option} ${from}:${middle}`),
    )
  },
  'split a list of ports': (lines, at) => {
    const line = lines[at] ?? ''
    const [text = '', option, list = ''] = /(?<!! )(--(?:[sd]ports|ports)) (\S+,\S+)/.exec(line) ?? []
    if (text === '' || !isEnd(line) || !isForgetful(line)) return undefined
    return replaced(lines, at, ...list.split(',').map((port) => line.replace(text, `${option} ${port}`)))
  },
  'split a prefix': (lines, at) => {
    const line = lines[at] ?? ''
    const [text = '', option, a, b, c, d, length] =
      /(?<!! )(-[sd]) (\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)(?= )/.exec(line) ?? []
    const bits = Number(length)
    if (text === '' || bits > 31 || !isEnd(line) || !isForgetful(line)) return undefined
    const address = [a, b, c, d].reduce((sum, part) => sum * 256 + Number(part), 0)
    const size = 2 ** (32 - bits)
    const start = Math.floor(address / size) * size
    const half = (number: number): string =>
      `${option} ${[24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')}/${bits + 1}`
    return replaced(lines, at, line.replace(text, half(start)), line.replace(text, half(start + size / 2)))
  },
  'swap what no packet meets both of': (lines, at) => {
    const [one = '', other = ''] = [lines[at], lines[at + 1]]
    if (!isRule(other) || chainOf(one) !== chainOf(other) || !isForgetful(one) || !isForgetful(other)) return undefined
    const [of, ofOther] = [one, other].map((line) => / (?<!! )-p (tcp|udp|icmp|icmpv6|ipv6-icmp) /.exec(line)?.[1])
    const isApart = of !== undefined && ofOther !== undefined && of !== ofOther
    return isApart ? replaced(replaced(lines, at, other), at + 1, one) : undefined
  },
  'swap what ends alike': (lines, at) => {
    const [one = '', other = ''] = [lines[at], lines[at + 1]]
    if (!isRule(other) || chainOf(one) !== chainOf(other) || !isForgetful(one) || !isForgetful(other)) return undefined
    const [end, ofOther] = [one, other].map((line) => / -j (?:ACCEPT|DROP|RETURN)$/.exec(line)?.[0])
    return end !== undefined && end === ofOther ? replaced(replaced(lines, at, other), at + 1, one) : undefined
  },
  'a chain of its own': (lines, at) => {
    const line = lines[at] ?? ''
    const target = / -j (?!RETURN).*$/.exec(line)?.[0]
    if (target === undefined) return undefined
    const [first] = tableAround(lines, at)
    const name = unusedName(lines)
    // Ports, and a reset, are for rules of one protocol.
    const protocol = /(?: !)? -p \w+/.exec(line)?.[0] ?? ''
    const made = replaced(lines, at, line.replace(target, ` -j ${name}`), `-A ${name}${protocol}${target}`)
    return made.toSpliced(first + 1, 0, `:${name} - [0:0]`)
  },
  'a rule that only counts': (lines, at, dice) =>
    replaced(lines, at, `-A ${chainOf(lines[at] ?? '')}${pickOf(['', ' -p tcp', ' -p udp'], dice)}`, lines[at] ?? ''),
  'tables in another order': (lines, at) => {
    const [first, last] = tableAround(lines, at)
    return first <= 0
      ? undefined
      : [...lines.slice(first, last + 1), ...lines.slice(0, first), ...lines.slice(last + 1)]
  },
}

const names = Object.keys(rewrites)

/** Some harmless rewrites, one after the other. @returns with the names of those that could be made. */
export function rewritten(lines: readonly string[], count: number, dice: Dice): { lines: string[]; how: string[] } {
  let own = [...lines]
  const how: string[] = []
  for (let tries = 0; how.length < count && tries < 10 * count; tries += 1) {
    const rules = own.flatMap((line, index) => (isRule(line) ? index : []))
    if (rules.length === 0) break
    const name = pickOf(names, dice)
    const made = rewrites[name]?.(own, pickOf(rules, dice), dice)
    if (made === undefined || made.join('\n') === own.join('\n')) continue
    own = made
    how.push(name)
  }
  return { lines: own, how }
}
