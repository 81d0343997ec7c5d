import { wrongAt } from '../../iptables/words/place.ts'
import { outsideQuotes } from './quotations.ts'
import { looksLikeRule, type Kind } from './text/kinds.ts'
import { type Line, placeIn } from './text/line.ts'

const hint = 'paste what the template comes to, such as helm template prints'

/** What a template of Go's or Jinja's leaves open in a text. */
export class Template {
  /** Its conditions and loops that are not at their end. */
  readonly #open: Line[] = []

  /** @throws HarnessError (`input`) at a rule that is not there always, or not whole. */
  check(line: Line, kind: Kind): void {
    const { text } = line
    const isMarked = /\{[{%]/.test(text)
    if (!isMarked && this.#open.length === 0) return
    const [, word] = /^\{[{%]-?\s*(if|range|with|for|end)/.exec(text) ?? []
    if (word === 'end') this.#open.pop()
    else if (word !== undefined) this.#open.push(line)
    if (!['table', 'chain', 'rule', 'command'].includes(kind) && !looksLikeRule(text)) return
    const [open] = this.#open
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
