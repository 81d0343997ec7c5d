import type { Place } from '../../../iptables/tree.ts'

/** A word as the shell would hand it to a program. */
export interface ShellWord extends Place {
  text: string
  /** It was written without quotes or expansions, so that it may be a keyword or an assignment. */
  isPlain: boolean
  /** What only a shell could know: the word is not what it would be. */
  needs?: { what: string; hint?: string } & Place
}

export interface Redirection extends Place {
  operator: string
  target: ShellWord
  /** The lines of a here-document, by the lines' numbers in what is lexed. */
  document?: { first: number; end: number; isLiteral: boolean; isStripped: boolean; delimiter: string; depth: number }
}

export interface SimpleCommand {
  words: ShellWord[]
  redirections: Redirection[]
}

/** Commands joined by `|`, and what stands between this pipeline and the next. */
export interface Pipeline extends Place {
  commands: SimpleCommand[]
  isNegated: boolean
  before?: '&&' | '||' | ';'
}

/** One complete command: what a shell reads before it runs anything. */
export interface List {
  pipelines: Pipeline[]
  /** The line behind it, by its index in what is lexed. */
  next: number
  /** What a shell would refuse, or what is not read: the list is not what it would be. */
  wrong?: { what: string; hint?: string } & Place
  /** An operator that is doubled by whoever wrote the text, with nothing between. */
  doubled: readonly (Place & { operator: string })[]
}
