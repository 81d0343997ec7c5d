import type { Document, Node } from 'yaml'
import type { Place } from '../../iptables/words/place.ts'
import { yaml } from '../../input/yaml.ts'

/** Where the parts of a YAML document stand in its text. */
export class Places {
  readonly #document: Document
  readonly #text: string
  readonly #lineAt: (offset: number) => number

  constructor(document: Document, text: string, lineAt: (offset: number) => number) {
    this.#document = document
    this.#text = text
    this.#lineAt = lineAt
  }

  /** The line of the part that keys lead to, or of the innermost part on the way that is there. */
  lineOf(keys: readonly unknown[]): number {
    let node: unknown = this.#document.contents
    let line = this.#lineOf(node) ?? 1
    for (const key of keys) {
      const pair = yaml().isMap(node)
        ? node.items.find((one) => yaml().isScalar(one.key) && one.key.value === key)
        : undefined
      const next: unknown = yaml().isSeq(node) ? node.items[Number(key)] : pair?.value
      if (next === undefined) break
      line = this.#lineOf(pair?.key ?? next) ?? line
      node = next
    }
    return line
  }

  /** Where the first character of a text stands that keys lead to; of a block that is in the line after its `|`. */
  textAt(keys: readonly unknown[]): Place | undefined {
    const node: unknown = this.#document.getIn(keys, true)
    if (!yaml().isScalar(node) || !node.range) return undefined
    const { range, type } = node
    if (type !== 'BLOCK_LITERAL' && type !== 'BLOCK_FOLDED') return { line: this.#lineAt(range[0]), column: 1 }
    const line = this.#lineAt(range[0]) + 1
    return { line, column: /^ */.exec(this.#text.split('\n')[line - 1] ?? '')?.[0].length ?? 0 }
  }

  #lineOf(node: unknown): number | undefined {
    const offset = yaml().isNode(node) ? (node as Node).range?.[0] : undefined
    return offset === undefined ? undefined : this.#lineAt(offset)
  }
}
