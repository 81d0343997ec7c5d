import type * as Yaml from 'yaml'
import { plural } from '../../core/plural.ts'
import { yaml } from '../../input/yaml.ts'
import { shapeOf, textLines } from '../changes/cause.ts'
import type { Change } from '../changes/change.ts'
import { configsOf, groupChanges } from '../changes/groups.ts'
import { backendText } from '../compared/sides.ts'
import type { Written } from './approval-schema.ts'

/** An entry to be added, and what its reviewer is told beside it. */
export interface NewEntry extends Written {
  comment: string
}

/**
 * An entry for each cause, as far as the lines of text that made it are known: it covers what these lines do, and
 * nothing that others do. Of changes without such lines there is one for each, all backends' in one.
 * @param backends all that the run has looked at. @param reason why they are right.
 */
export function entriesFor(changes: readonly Change[], backends: readonly string[], reason: string): NewEntry[] {
  const entries = groupChanges(changes)
    .flatMap((group) => [...Map.groupBy(group.changes, alikeKey).values()])
    .map((own): NewEntry => {
      const changed = linesOver(own)
      return {
        ids: idsOver(own, backends),
        before: phraseOver(own.map(({ before }) => before)),
        after: phraseOver(own.map(({ after }) => after)),
        ...(changed.length > 0 && { changed }),
        reason,
        comment: commentOf(own),
      }
    })
  // Two causes of one config may read alike once the values of all configs are left open.
  return [...new Map(entries.map((entry) => [JSON.stringify({ ...entry, comment: '' }), entry])).values()]
}

/** The same as lines of YAML, to be pasted at a file's end. */
export function approvalLines(entries: readonly NewEntry[]): string {
  const document = new (yaml().Document)([])
  const list = document.contents as unknown as Yaml.YAMLSeq
  list.items.push(...entries.map((entry) => entryNode(document, entry)))
  return document.toString({ lineWidth: 0 })
}

/** The comment stands within the entry, so that it goes with it. */
export function entryNode(document: Yaml.Document, { comment, ...entry }: NewEntry): Yaml.Node {
  const node = document.createNode(entry) as Yaml.YAMLMap
  const ids = node.get('ids', true) as Yaml.Scalar
  ids.comment = ` ${comment.replace(/\s+/g, ' ')}`
  return node
}

/** Changes with the same key have one entry. */
function alikeKey({ id, backends, before, after, rules, cause }: Change): string {
  // What they say is all that tells one change of the rules themselves from another.
  if (rules !== undefined) {
    const [was, is] = [before, after].map((text) => shapeOf(text).replace(/\bat line \d+/, 'at line'))
    return JSON.stringify([id.split('/')[3], was, is])
  }
  const changed = textLines(cause.text)
  // Nothing says what made it, so that an entry for several would cover whatever else comes to look like them.
  if (changed.length === 0) return JSON.stringify([id.replace(`/${backendText(backends)}/`, '/*/'), before, after])
  return JSON.stringify([before.split(' ')[0], after.split(' ')[0], changed.map(shapeOf)])
}

/** What the ids of all these share: `app-tcp-*` in the place of a flow, a star alone in that of a config. */
function idsOver(changes: readonly Change[], backends: readonly string[]): string {
  const ids = changes.map(({ id }) => id.split('/'))
  const [first = []] = ids
  const isOneKind = ids.every((id) => id.length === first.length && (id[1] === 'witness') === (first[1] === 'witness'))
  const [mesh = '', ...middle] = first.slice(0, -2)
  const between = isOneKind
    ? middle.map((_, at) => partOver(ids, at + 1, at === middle.length - 1 ? prefixOver : () => '*'))
    : ['**']
  // With one backend nobody has looked at what the other does.
  const isEverywhere = backends.length > 1 && backends.every((backend) => ids.some((id) => id.at(-2) === backend))
  return [mesh, ...between, isEverywhere ? '*' : partOver(ids, -2, () => '*'), partOver(ids, -1, () => '*')].join('/')
}

function partOver(
  ids: readonly (readonly string[])[],
  at: number,
  otherwise: (parts: readonly string[]) => string,
): string {
  const parts = [...new Set(ids.map((id) => id.at(at) ?? ''))]
  return parts.length === 1 ? (parts[0] ?? '') : otherwise(parts)
}

const prefixOver = (names: readonly string[]): string => `${sharedBegin(names, '-')}*`

/** `direct to the *`: a star for the words in which these differ, or for their end if they have not as many. */
function phraseOver(texts: readonly string[]): string {
  const all = [...new Set(texts)]
  const words = all.map((text) => text.split(' '))
  return words.every(({ length }) => length === words[0]?.length) ? wordsOver(words) : `${sharedBegin(all, ' ')}*`
}

/** A star for each word that is not the same in all of them. */
function wordsOver(texts: readonly (readonly string[])[]): string {
  const [first = []] = texts
  return first.map((word, at) => (texts.every((text) => text[at] === word) ? word : '*')).join(' ')
}

/** What all begin with, up to the last separator in it. */
function sharedBegin(texts: readonly string[], separator: string): string {
  const [first = '', ...others] = texts
  let length = 0
  while (length < first.length && others.every((text) => text[length] === first[length])) length += 1
  return first.slice(0, first.lastIndexOf(separator, length - 1) + 1)
}

/** The lines that made them, with a star for each word that differs: ports and addresses that a config gives. */
function linesOver(changes: readonly Change[]): string[] {
  const texts = changes.map(({ cause }) => textLines(cause.text).map((line) => line.split(' ')))
  const [first = []] = texts
  return first.map((_, line) => wordsOver(texts.map((text) => text[line] ?? [])))
}

/** `opened: app (1000:1000) → TCP 203.0.113.10:6380, and 13 more flows`; the plainest of them is named. */
function commentOf(own: readonly Change[]): string {
  const [plainest] = own.toSorted((a, b) => (a.flow?.oddity ?? 0) - (b.flow?.oddity ?? 0) || (a.id < b.id ? -1 : 1))
  const { effect, rules, subject } = plainest as Change
  const configs = configsOf(own).length
  if (rules !== undefined)
    return `${effect}: ${configs > 1 ? `the rules for ${plural(configs, 'config')}` : shortened(subject)}`
  const others = new Set(own.map((change) => change.subject)).size - 1
  return `${effect}: ${shortened(subject)}${others > 0 ? `, and ${others} more ${others > 1 ? 'flows' : 'flow'}` : ''}`
}

/** How much of a subject a comment has: a config may be long. */
const mostOfSubject = 100
const shortened = (text: string): string => (text.length > mostOfSubject ? `${text.slice(0, mostOfSubject)}…` : text)
