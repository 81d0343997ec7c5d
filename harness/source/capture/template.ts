import { type Place, wrongAt } from '../../iptables/words/place.ts'
import { outsideQuotes } from './quotations.ts'
import { looksLikeRule, type Kind } from './text/kinds.ts'
import { type Line, placeIn } from './text/line.ts'

const hint = 'paste what the template comes to, such as helm template prints'

/**
 * What begins or ends that which is there once, several times or not at all. Jinja's `endmacro` and the like end
 * something else; Go's `end` ends whatever is open, so what `block` and `define` begin is counted too.
 */
const marker = /\{(?:[{%][-+~]?\s*(if|range|with|for|end(?:if|for|with)?)|\{[-+~]?\s*(block|define)(?=\s+["`]))\b/g

/** What a template of Go's or Jinja's leaves open in a text. */
export class Template {
  /** Its conditions and loops that are not at their end, and what has a name and is there in any case. */
  readonly #open: { line: Line; isNamed: boolean }[] = []

  /** @throws HarnessError (`input`) at a rule that is not there always, or not whole. */
  check(line: Line, kind: Kind): void {
    const { text } = line
    const isMarked = /\{[{%]/.test(text)
    if (!isMarked && this.#open.length === 0) return
    let open = this.#condition
    for (const { 1: word = '', 2: named, index } of text.matchAll(marker)) {
      if (word.startsWith('end')) this.#open.pop()
      else this.#open.push({ line, isNamed: named !== undefined })
      if (index === 0) open = this.#condition
    }
    if (!['table', 'chain', 'rule', 'command'].includes(kind) && !looksLikeRule(text)) return
    if (open !== undefined)
      throw wrongAt(placeIn(line, 1), `whether this is there is for a template to decide, in line ${open.number}`, hint)
    outsideQuotes(text, (part, from) => {
      refuseValue(part, (at) => placeIn(line, from + at + 1))
      return part
    })
  }

  /** The outermost condition or loop that is open. */
  get #condition(): Line | undefined {
    return this.#open.find(({ isNamed }) => !isNamed)?.line
  }
}

/**
 * @param placeAt the place of a character of the text, from 0.
 * @throws HarnessError (`input`) where a part of a rule has no value before a template gives it.
 */
export function refuseValue(text: string, placeAt: (at: number) => Place): void {
  const [found] = /\{\{.*?(?:\}\}|$)/.exec(text) ?? []
  if (found !== undefined)
    throw wrongAt(placeAt(text.indexOf('{{')), `'${found.slice(0, 60)}' has no value, since a template gives it`, hint)
}
