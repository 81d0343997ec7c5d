import { wrongAt } from '../../iptables/words/place.ts'
import { outsideQuotes } from './quotations.ts'
import { looksLikeRule, type Kind } from './text/kinds.ts'
import { type Line, placeIn } from './text/line.ts'

const hint = 'paste what the template comes to, such as helm template prints'

/** What begins or ends that which is there once, several times or not at all; `endmacro` and the like end something else. */
const marker = /\{[{%][-+~]?\s*(if|range|with|for|end(?:if|for|with)?)\b/g

/** What a template of Go's or Jinja's leaves open in a text. */
export class Template {
  /** Its conditions and loops that are not at their end. */
  readonly #open: Line[] = []

  /** @throws HarnessError (`input`) at a rule that is not there always, or not whole. */
  check(line: Line, kind: Kind): void {
    const { text } = line
    const isMarked = /\{[{%]/.test(text)
    if (!isMarked && this.#open.length === 0) return
    let [open] = this.#open
    for (const { 1: word = '', index } of text.matchAll(marker)) {
      if (word.startsWith('end')) this.#open.pop()
      else this.#open.push(line)
      if (index === 0) open = this.#open[0]
    }
    if (!['table', 'chain', 'rule', 'command'].includes(kind) && !looksLikeRule(text)) return
    if (open !== undefined)
      throw wrongAt(placeIn(line, 1), `whether this is there is for a template to decide, in line ${open.number}`, hint)
    outsideQuotes(text, (part, from) => {
      const [found, at] = [/\{\{.*?(?:\}\}|$)/.exec(part)?.[0], part.indexOf('{{')]
      if (found !== undefined)
        throw wrongAt(
          placeIn(line, from + at + 1),
          `'${found.slice(0, 60)}' has no value, since a template gives it`,
          hint,
        )
      return part
    })
  }
}
