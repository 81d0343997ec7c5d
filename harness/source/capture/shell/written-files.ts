import { HarnessError } from '../../../core/errors.ts'
import { kindOf, looksLikeRule } from '../text/kinds.ts'
import type { Line } from '../text/line.ts'

/** A file that a script writes. */
export interface WrittenFile {
  name: string
  /** What writes it, from 1. */
  at: number
  lines: readonly Line[]
}

/** The files that a script writes, and which of them it has something read. */
export class WrittenFiles {
  readonly #files = new Map<string, WrittenFile & { why?: HarnessError; isRead: boolean }>()

  clear(): void {
    this.#files.clear()
  }

  has(name: string): boolean {
    return this.#files.has(name)
  }

  /**
   * @param written the lines that make it, as they stand in the text; it may go on what is there (`isMore`).
   * @param made what they come to, where that is known.
   * @throws HarnessError (`input`) where lines are about rules that only a shell knows.
   */
  keep(
    { name, at, isMore, written }: { name: string; at: number; isMore: boolean; written: readonly Line[] },
    made: () => readonly Line[] | undefined,
  ): void {
    const before = isMore ? this.#files.get(name) : undefined
    try {
      const lines = made()
      if (lines !== undefined)
        this.#files.set(name, { at, isRead: false, ...before, name, lines: [...(before?.lines ?? []), ...lines] })
    } catch (thrown) {
      if (!(thrown instanceof HarnessError) || hasRules(written)) throw thrown
      this.#files.set(name, { at, lines: [], isRead: false, ...before, name, why: thrown })
    }
  }

  /** @throws HarnessError (`input`) where only a shell knows what is in it. */
  read(name: string): readonly Line[] | undefined {
    const file = this.#files.get(name)
    if (file?.why !== undefined) throw file.why
    if (file !== undefined) file.isRead = true
    return file?.lines
  }

  /** Those with rules that nothing in the text reads: what does is elsewhere, such as a service or an image. */
  get unread(): WrittenFile[] {
    return [...this.#files.values()].filter(({ isRead, lines }) => !isRead && hasRules(lines))
  }
}

const hasRules = (lines: readonly Line[]): boolean =>
  lines.some(({ text }) => ['table', 'rule', 'command'].includes(kindOf(text.trim())) || looksLikeRule(text))
