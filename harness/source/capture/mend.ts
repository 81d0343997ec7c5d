import type { Damage } from './damage.ts'
import { outsideQuotes, withoutQuotations } from './quotations.ts'
import { looksLikeRule } from './text/kinds.ts'
import { cut, type Line, placeIn, replaceIn } from './text/line.ts'

/** Typesetting that editors and forums put in the place of ASCII. */
const dashes = /(?<=^|\s)[\u2010-\u2015\u2212]+(?=[a-zA-Z])/u
const quotes = /[\u201c\u201d\u201e\u201f]/u
/** An option whose value is gone: another option, or nothing, stands there. */
const lost = /(?<=^|\s)(?:!\s+)?(-[sdio])(?=\s+(?:-{1,2}[a-zA-Z]|!\s)|\s*$)\s*/u
const questions: Readonly<Record<string, string>> = {
  '-s': 'a source',
  '-d': 'a destination',
  '-i': 'an interface',
  '-o': 'an interface',
}

/** Repairs what copying has changed in a rule. @param found receives each kind of damage. */
export function mended(line: Line, found: (damage: Damage) => void): Line {
  let own = inAscii(line, found)
  for (let match = lost.exec(own.text); match !== null; match = lost.exec(own.text)) {
    const [all, option = ''] = match
    found({
      ...placeIn(own, own.text.indexOf(option, match.index) + 1),
      what: `${option} has lost its ${option === '-s' || option === '-d' ? 'address' : 'interface'}`,
      assumed: `${questions[option]} is not asked for there`,
    })
    own = replaceIn(own, match.index, match.index + all.length, '')
  }
  return own
}

/** Only the signs: a command may leave out what a rule in a table may not. @param found receives each kind of damage. */
export function inAscii(line: Line, found: (damage: Damage) => void): Line {
  let own = line
  if (!/[\u2010-\u201f\u2212]/u.test(own.text)) return own
  for (let match = dashes.exec(own.text); match !== null; match = dashes.exec(own.text)) {
    const isLong = /^[a-z]{2}/.test(own.text.slice(match.index + match[0].length))
    const by = isLong ? '--' : '-'
    found({
      ...placeIn(own, match.index + 1),
      what: `'${match[0]}' stands in the place of '${by}'`,
      assumed: `it is read as '${by}'`,
    })
    own = replaceIn(own, match.index, match.index + match[0].length, by)
  }
  for (let match = quotes.exec(own.text); match !== null; match = quotes.exec(own.text)) {
    found({
      ...placeIn(own, match.index + 1),
      what: `'${match[0]}' stands in the place of '"'`,
      assumed: `it is read as '"'`,
    })
    own = replaceIn(own, match.index, match.index + 1, '"')
  }
  return own
}

/**
 * Where what people write behind a rule begins, `# so that …` or `// so that …`. What stands in quotation marks or behind
 * an option is the rule's own, and what looks like a rule itself is no remark.
 * @param sign which of them is looked for.
 */
export function remarkIn(text: string, sign: RegExp = /\s+(?:#|\/\/)/): number | undefined {
  let at: number | undefined
  outsideQuotes(text, (part, from) => {
    const found = part.search(sign)
    if (found >= 0) at ??= from + found
    return part
  })
  if (at === undefined) return undefined
  const own = withoutQuotations(text.slice(0, at))
  const isIn = own.split("'").length % 2 === 0 || /(?:^|\s)--?[a-zA-Z][\w-]*$/.test(own)
  return isIn || looksLikeRule(text.slice(at)) ? undefined : at
}

/** In a table nothing may stand behind a rule. @param found receives what does. */
export function withoutRemark(line: Line, found: (damage: Damage) => void): Line {
  const at = remarkIn(line.text)
  if (at === undefined) return line
  const remark = line.text.slice(at).trim()
  found({
    ...placeIn(line, at + (line.text.slice(at).length - remark.length) + 1),
    what: `'${remark.slice(0, 40)}' stands behind the rule, where iptables-restore takes nothing`,
    assumed: 'it is left out',
  })
  return cut(line, 0, at)
}

/** Nothing may stand behind COMMIT. @param found receives what does. */
export function wholeCommit(line: Line, found: (damage: Damage) => void): Line {
  const [, more] = /^COMMIT\s+(\S.*)$/.exec(line.text) ?? []
  if (more === undefined) return line
  found({
    ...placeIn(line, 'COMMIT'.length + 2),
    what: `'${more.slice(0, 40)}' stands behind COMMIT, where iptables-restore takes nothing`,
    assumed: 'it is left out',
  })
  return cut(line, 0, 'COMMIT'.length)
}
