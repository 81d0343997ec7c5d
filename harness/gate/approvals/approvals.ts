import type * as Yaml from 'yaml'
import * as v from 'valibot'
import { object, text } from '../../input/fields.ts'
import { globExpression } from '../../input/glob.ts'
import { type Entry, readYamlList } from '../../input/yaml-list.ts'
import { yaml } from '../../input/yaml.ts'
import { isLookedAt, type Scope } from '../compared/scope.ts'

const words = v.pipe(text, v.nonEmpty('is empty'))
/** An entry of the file. */
export const approvalSchema = object({ ids: words, before: words, after: words, reason: words })

export type Written = v.InferOutput<typeof approvalSchema>

/** What a change is approved by: a glob over ids, and what may change to what. */
export interface Approval extends Entry<Written> {
  covers(change: Approvable): boolean
}

export interface Unused {
  stale: Approval[]
  unseen: Approval[]
}

/** What an approval speaks of. */
export interface Approvable {
  id: string
  before: string
  after: string
}

/** A reviewed file of approvals: a YAML list in the caller's repository, whose comments stay. */
export class Approvals {
  /** As messages call it. */
  readonly name: string
  readonly entries: readonly Approval[]
  readonly #document: Yaml.Document
  readonly #used = new Set<Approval>()

  /**
   * @param name as messages call it. @param file its absolute path.
   * @throws HarnessError (`input`) with all that is wrong with it, each at its line.
   */
  constructor(name: string, file: string, content: string) {
    const { document, entries } = readYamlList(file, content, approvalSchema)
    this.name = name
    this.#document = document
    this.entries = entries.map((entry) => ({ ...entry, covers: coverage(entry) }))
  }

  /** @returns the first entry that covers a change; it is not stale then. */
  find(change: Approvable): Approval | undefined {
    const covering = this.entries.filter((entry) => entry.covers(change))
    for (const entry of covering) this.#used.add(entry)
    return covering[0]
  }

  /**
   * Entries that have covered none of the changes that were asked about: what nothing needs any more, and what may
   * cover something that the run has not looked at.
   */
  unused(scope: Scope): Unused {
    const { stale = [], unseen = [] } = Object.groupBy(
      this.entries.filter((entry) => !this.#used.has(entry)),
      ({ ids }) => (isLookedAt(ids, scope) ? 'stale' : 'unseen'),
    )
    return { stale, unseen }
  }

  /** The file's text with entries added at its end, and without those that are to go. */
  rewritten({ added = [], pruned = [] }: { added?: readonly Written[]; pruned?: readonly Approval[] }): string {
    const document = this.#document.clone() as Yaml.Document
    const { isSeq } = yaml()
    if (!isSeq(document.contents)) document.contents = document.createNode([]) as never
    const { items } = document.contents as unknown as Yaml.YAMLSeq
    const stale = new Set(pruned.map((entry) => this.entries.indexOf(entry)))
    const kept = items.filter((_, index) => !stale.has(index))
    items.splice(0, items.length, ...kept, ...added.map((entry) => document.createNode(entry)))
    return items.length === 0 && document.commentBefore === null ? '' : document.toString({ lineWidth: 0 })
  }
}

/** Of what a change was before and after, a star stands for anything. */
function coverage({ ids, before, after }: Written): Approval['covers'] {
  const [id, was, is] = [globExpression(ids), inWords(before), inWords(after)]
  return (change) => id.test(change.id) && was.test(change.before) && is.test(change.after)
}

const inWords = (pattern: string): RegExp => globExpression(pattern.replace(/\*+/g, '**'))

/**
 * One entry for each change, or for all backends' changes of one flow where they are the same.
 * @param reason why they are right.
 */
export function entriesFor(
  changes: readonly (Approvable & { backend: string })[],
  backends: readonly string[],
  reason: string,
): Written[] {
  const groups = Map.groupBy(changes, ({ id, backend, before, after }) =>
    JSON.stringify([id.replace(`/${backend}/`, '/*/'), before, after]),
  )
  return [...groups].flatMap(([key, own]) => {
    const [ids, before, after] = JSON.parse(key) as [string, string, string]
    // With one backend nobody has looked at what the other does.
    const isEverywhere =
      backends.length > 1 && backends.every((backend) => own.some((change) => change.backend === backend))
    return (isEverywhere ? [ids] : own.map(({ id }) => id)).map((which) => ({ ids: which, before, after, reason }))
  })
}

/** The same as lines of YAML, to be pasted at a file's end. */
export function approvalLines(entries: readonly Written[]): string {
  return yaml().stringify(entries, { lineWidth: 0 })
}
