import type { Damage } from './damage.ts'
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
