import type { Place } from '../../../iptables/words/place.ts'

/** A word as the shell passes it to a program. */
export interface ShellWord extends Place {
  text: string
  /** It was written without quotes or expansions, so that it may be a keyword or an assignment. */
  isPlain: boolean
  /** Something that only a shell knows, so the word is incomplete. */
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
  /** Something that a shell rejects or that is not supported, so the list is incomplete. */
  wrong?: { what: string; hint?: string } & Place
  /** Operators that the text doubles, with nothing in between. */
  doubled: readonly (Place & { operator: string })[]
}
