import { globExpression } from '../../input/glob.ts'
import { type Entry, readYamlList } from '../../input/yaml-list.ts'
import { isLookedAt, type Scope } from '../compared/scope.ts'
import { approvalSchema, type Written } from './approval-schema.ts'
import type { NewEntry } from './entries.ts'
import { rewriteList } from './rewrite.ts'

/** What a change is approved by: a glob over ids, what may change to what, and the lines that may make it. */
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
  /** The lines of the rules' text that made it: `- nat -A …`, `+ nat -A …`. */
  changed: readonly string[]
}

/** A reviewed file of approvals: a YAML list in the caller's repository, whose comments stay. */
export class Approvals {
  /** As messages call it. */
  readonly name: string
  readonly entries: readonly Approval[]
  readonly #content: string
  readonly #used = new Set<Approval>()

  /**
   * @param name as messages call it. @param file its absolute path.
   * @throws HarnessError (`input`) with all that is wrong with it, each at its line.
   */
  constructor(name: string, file: string, content: string) {
    this.name = name
    this.#content = content
    this.entries = readYamlList(file, content, approvalSchema).map((entry) => ({ ...entry, covers: coverage(entry) }))
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
  rewritten({ added = [], pruned = [] }: { added?: readonly NewEntry[]; pruned?: readonly Approval[] }): string {
    return rewriteList(this.#content, added, new Set(pruned.map((entry) => this.entries.indexOf(entry))))
  }
}

/** Of what a change was before and after, a star stands for anything; of a line that made it, for one word. */
function coverage({ ids, before, after, changed }: Written): Approval['covers'] {
  const [id, was, is] = [globExpression(ids), inWords(before), inWords(after)]
  const lines = changed?.map((line) => globExpression(line.replace(/\*+/g, '*'), ' '))
  const isMadeBy = (made: readonly string[]): boolean =>
    lines === undefined || (lines.length === made.length && lines.every((line, at) => line.test(made[at] ?? '')))
  return (change) => id.test(change.id) && was.test(change.before) && is.test(change.after) && isMadeBy(change.changed)
}

const inWords = (pattern: string): RegExp => globExpression(pattern.replace(/\*+/g, '**'))
