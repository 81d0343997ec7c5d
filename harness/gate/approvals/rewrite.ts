import type * as Yaml from 'yaml'
import { yaml } from '../../input/yaml.ts'
import { approvalLines, entryNode, type NewEntry } from './entries.ts'

/**
 * A list's text without some of its entries, and with others at its end. The rest stays byte for byte as somebody has
 * written it, so that a review shows nothing else: a comment goes with the entry that it stands above.
 * @param text that has been read as a list, or as nothing. @param pruned which of its entries go, by their places.
 */
export function rewriteList(text: string, added: readonly NewEntry[], pruned: ReadonlySet<number>): string {
  if (added.length === 0 && pruned.size === 0) return text
  const { CST, Parser } = yaml()
  const tokens = [...new Parser().parse(text)]
  const list = tokens.find((token) => token.type === 'document')?.value
  // Square brackets leave nothing to add lines to.
  if (list?.type === 'flow-collection' && list.items.length > 0) return rewriteBrackets(text, added, pruned)
  const indent = list?.type === 'block-seq' ? list.indent : 0
  if (list?.type === 'block-seq') list.items = list.items.filter((_, at) => !pruned.has(at))
  // Nothing but `null` or `[]` is no list yet.
  const kept =
    list === undefined || list.type === 'block-seq' ? tokens : tokens.filter(({ type }) => type !== 'document')
  const own = kept.filter(({ type }) => type !== 'doc-end').map((token) => CST.stringify(token))
  const before = own.join('')
  if (added.length === 0) return before
  const line = text.includes('\r\n') ? '\r\n' : '\n'
  const lines = approvalLines(added)
    .replace(/^(?=.)/gm, ' '.repeat(indent))
    .replace(/\n/g, line)
  return `${before}${before === '' || before.endsWith('\n') ? '' : line}${lines}`
}

/** As the package writes it. */
function rewriteBrackets(text: string, added: readonly NewEntry[], pruned: ReadonlySet<number>): string {
  const { parseDocument } = yaml()
  const document = parseDocument(text)
  const list = document.contents as unknown as Yaml.YAMLSeq
  list.items = [...list.items.filter((_, at) => !pruned.has(at)), ...added.map((entry) => entryNode(document, entry))]
  return document.toString({ lineWidth: 0 })
}
