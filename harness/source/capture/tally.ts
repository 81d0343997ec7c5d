/** What is cleaned, and how it is reported. */
export const cleanedWords = {
  endings: ['a carriage return', 'carriage returns'],
  only: ['carriage returns in place of line ends', ''],
  colours: ['a colour code', 'colour codes'],
  blanks: ['a blank that is not ASCII', 'blanks that are not ASCII'],
  invisible: ['an invisible character', 'invisible characters'],
  quotes: ['a quotation mark before a line', 'quotation marks before lines'],
  numbers: ["a line's number", "lines' numbers"],
  strings: ['a quoted line', 'quoted lines'],
  boxes: ["a line in a terminal program's box", "lines in a terminal program's box"],
  logs: ['a log prefix', 'log prefixes'],
  messages: ['a log of fields', 'lines of a log of fields'],
  loops: ['a loop written out', 'loops written out'],
  cells: ["a row of Markdown's table", "rows of Markdown's tables"],
  tags: ["a page's tag", "tags of a page's"],
  traces: ["a trace mark of the shell's", "trace marks of the shell's"],
  bullets: ['a list mark', 'list marks'],
  remarks: ['a remark behind a rule', 'remarks behind rules'],
  indented: ['an indented line', 'indented lines'],
  trailing: ['blanks at the end of a line', 'lines with blanks at their end'],
  commands: ['an echoed command', 'echoed commands'],
  headings: ['a heading', 'headings'],
  prompts: ['a prompt', 'prompts'],
  fences: ['a code fence', 'code fences'],
  wrapped: ['a wrapped row', 'wrapped rows'],
  escapes: ["an escape of Markdown's", "escapes of Markdown's"],
  entities: ["a character in HTML's spelling", "characters in HTML's spelling"],
} as const

/** Counts what is cleaned, for a summary in one line. */
export class Tally {
  readonly #counts = new Map<string, number>()
  readonly #words: Readonly<Record<string, readonly [one: string, many: string]>>

  /** @param words the singular and the plural of each kind, in the order of the summary. */
  constructor(words: Readonly<Record<string, readonly [one: string, many: string]>>) {
    this.#words = words
  }

  add(kind: string, count = 1): void {
    if (count > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count)
  }

  /** `3 indented lines`, each kind of which there is one. */
  get told(): string[] {
    return Object.entries(this.#words).flatMap(([kind, [one, many]]) => {
      const count = this.#counts.get(kind) ?? 0
      return count === 0 ? [] : [count === 1 ? one : `${count} ${many}`]
    })
  }
}
