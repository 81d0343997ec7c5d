import { outsideQuotes } from '../quotations.ts'
import type { Tally } from '../tally.ts'
import { type Line, replaceIn, type Shift } from './line.ts'

/**
 * What a terminal obeys: colours and the like, a window's title before a prompt (ECMA-48, 5.4 and 8.3.89), as it is and
 * as `cat -v` and logs show it.
 */
const colour = /(?:\u001b|\\x1b|\\u001b|\\033|\^\[)\[[0-?]*[ -/]*[@-~]|^\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g
const wideBlanks = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
const invisible = /[\u200b-\u200d\u2060\ufeff]+/g

/** What a page's source has for characters of its own (HTML 5, 13.5). */
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
}
/** What pages set text in, and what stands in quotation marks, which is a rule's own. */
const tag =
  /"(?:[^"\\]|\\.)*"|<\/?(?:pre|code|div|p|span|br|html|body|b|i|em|strong|a|font|kbd|samp|tt|li|ol|ul)(?:\s[^<>]{0,300})?\s*\/?>/gi
const entity = /&(?:amp|lt|gt|quot|#39|nbsp);/

/**
 * The lines of a text without what only a screen or an editor has put into them. What stands in double quotes is a
 * rule's own.
 */
export function splitLines(text: string, tally: Tally): Line[] {
  return endingsOf(text, tally).map((line, index) =>
    withPlainBlanks(
      withoutEntities(
        withoutInvisible(
          withoutTags(
            remove({ text: line, number: index + 1, shifts: [] }, colour, (count) => tally.add('colours', count)),
            (count) => tally.add('tags', count),
          ),
          (count) => tally.add('invisible', count),
        ),
        (count) => tally.add('entities', count),
      ),
      (count) => tally.add('blanks', count),
    ),
  )
}

function endingsOf(text: string, tally: Tally): string[] {
  if (!text.includes('\n') && text.includes('\r')) {
    tally.add('only')
    return text.split('\r')
  }
  const lines = text.split('\n')
  tally.add('endings', lines.filter((line) => line.endsWith('\r')).length)
  return lines.map((line) => (line.endsWith('\r') ? line.replace(/\r+$/, '') : line))
}

/** Takes out of a line whatever a pattern finds, and counts it. */
function remove(line: Line, pattern: RegExp, found: (count: number) => void): Line {
  if (line.text.search(pattern) < 0) return line
  const steps = new Removal()
  return steps.done(line, steps.from(line.text, 0, pattern), found)
}

/** What is found, and where it was. */
class Removal {
  readonly #shifts: Shift[] = []
  #removed = 0

  /** @param at where the part begins in its line. */
  from(part: string, at: number, pattern: RegExp): string {
    return part.replace(pattern, (found: string, ...rest: unknown[]) => {
      const index = rest.find((each) => typeof each === 'number') as number
      this.#shifts.push({ from: at + index - this.#removed + 1, by: found.length })
      this.#removed += found.length
      return ''
    })
  }

  done(line: Line, left: string, found: (count: number) => void): Line {
    if (this.#shifts.length === 0) return line
    found(this.#shifts.length)
    return { ...line, text: left, shifts: [...line.shifts, this.#shifts] }
  }
}

function withoutInvisible(line: Line, found: (count: number) => void): Line {
  if (line.text.search(invisible) < 0) return line
  const steps = new Removal()
  return steps.done(
    line,
    outsideQuotes(line.text, (part, at) => steps.from(part, at, invisible)),
    found,
  )
}

/** A page's source: a shell's `<` and `>` are never closed so. */
function withoutTags(line: Line, found: (count: number) => void): Line {
  if (line.text.length > 20_000 || !/<\/?[a-z]+(?:\s[^<>]*)?\/?>/i.test(line.text)) return line
  const tags = [...line.text.matchAll(tag)].filter(
    ({ 0: all, index }) => all.startsWith('<') && line.text[index - 1] !== '<',
  )
  if (tags.length > 0) found(tags.length)
  // From the last one on, so that those before it stay where they are.
  return tags.reduceRight((own, { 0: all, index }) => replaceIn(own, index, index + all.length, ''), line)
}

/** Only where rules are, of which none has such a thing. */
function withoutEntities(line: Line, found: (count: number) => void): Line {
  if (line.text.length > 20_000 || !entity.test(line.text) || !/ip6?tables|(?:^|\s)-[AINP]\s|^\s*:/.test(line.text))
    return line
  let own = line
  let count = 0
  for (let match = entity.exec(own.text); match !== null; match = entity.exec(own.text)) {
    own = replaceIn(own, match.index, match.index + match[0].length, entities[match[0]] ?? '')
    count += 1
  }
  found(count)
  return own
}

/** Blanks that only a person takes for blanks, made such. */
function withPlainBlanks(line: Line, found: (count: number) => void): Line {
  if (line.text.search(wideBlanks) < 0) return line
  let count = 0
  const text = outsideQuotes(line.text, (part) =>
    part.replace(wideBlanks, () => {
      count += 1
      return ' '
    }),
  )
  found(count)
  return { ...line, text }
}
