/** One part of a rule's text, with the blanks before it, so that the parts side by side are the rule byte for byte. */
export interface Clause {
  text: string
  /**
   * The module that has to be loaded for it, where this clause is the first that uses it: `owner` in `-m owner
   * --uid-owner 1500`.
   */
  module?: string
  negated: boolean
  /** The option as it is written: `-d`, `--uid-owner`; empty if a module is loaded and nothing is asked of it. */
  option: string
  values: readonly string[]
}

/** What a rule does with a packet that it matches: `-j REDIRECT --to-port 15001`. */
export interface Target {
  text: string
  name: string
  /** Everything behind the name: `--to-port`, `15001`. */
  options: readonly string[]
}

/** A rule that is appended or inserted, in a payload or as a command. */
export interface Rule {
  table: string
  chain: string
  command: 'append' | 'insert'
  /** Counters, program, table and chain, up to the first clause. */
  head: string
  clauses: readonly Clause[]
  target?: Target
}

interface Word {
  /** As it is written, with the blanks before it. */
  raw: string
  text: string
}

const appends = ['-A', '--append']
const inserts = ['-I', '--insert']
const jumps = ['-j', '--jump', '-g', '--goto']
const loads = ['-m', '--match']

/**
 * Reads one rule: a line of a payload, or an `iptables` command. Clauses behind the target belong to its options here,
 * as no builder that is known writes them there.
 * @param table the payload's table that the line stands in; a command names its own.
 * @returns undefined if the line is anything else than a rule that is appended or inserted.
 */
export function parseRule(line: string, table = 'filter'): Rule | undefined {
  const words = splitWords(line)
  const at = words.findIndex(({ text }) => appends.includes(text) || inserts.includes(text))
  const chain = words[at + 1]?.text
  if (at < 0 || chain === undefined || line.trimStart().startsWith('#')) return undefined
  const before = words.slice(0, at).map(({ text }) => text)
  const tableAt = before.findIndex((text) => text === '-t' || text === '--table')
  const command = inserts.includes(words[at]?.text ?? '') ? 'insert' : 'append'
  const hasPosition = command === 'insert' && /^\d+$/.test(words[at + 2]?.text ?? '')
  const bodyAt = at + (hasPosition ? 3 : 2)
  const foundJump = words.findIndex(({ text }, index) => index >= bodyAt && jumps.includes(text))
  const jumpAt = foundJump < 0 ? words.length : foundJump
  const target = readTarget(words.slice(jumpAt))
  return {
    table: (tableAt < 0 ? undefined : before[tableAt + 1]) ?? table,
    chain,
    command,
    head: rawOf(words.slice(0, bodyAt)),
    clauses: readClauses(words.slice(bodyAt, jumpAt)),
    ...(target && { target }),
  }
}

/** The rule's text: what was read, byte for byte, as long as no part was changed. */
export function formatRule({ head, clauses, target }: Rule): string {
  return [head, ...clauses.map(({ text }) => text), target?.text ?? ''].join('')
}

function readTarget(words: readonly Word[]): Target | undefined {
  const [, name, ...options] = words.map(({ text }) => text)
  return name === undefined ? undefined : { text: rawOf(words), name, options }
}

function readClauses(words: readonly Word[]): Clause[] {
  const clauses: Clause[] = []
  let index = 0
  while (index < words.length) {
    const start = index
    let module: string | undefined
    if (loads.includes(words[index]?.text ?? '')) {
      module = words[index + 1]?.text
      index += 2
    }
    const negated = words[index]?.text === '!'
    if (negated) index += 1
    // A module may be loaded for nothing, as iptables-save writes `-p tcp -m tcp`.
    const option = loads.includes(words[index]?.text ?? '') ? undefined : words[index]
    if (option !== undefined) index += 1
    const valuesAt = index
    while (index < words.length && words[index]?.text !== '!' && !words[index]?.text.startsWith('-')) index += 1
    const values = words.slice(valuesAt, index).map(({ text }) => text)
    clauses.push({
      text: rawOf(words.slice(start, index)),
      ...(module !== undefined && { module }),
      negated,
      option: option?.text ?? '',
      values,
    })
  }
  return clauses
}

function rawOf(words: readonly Word[]): string {
  return words.map(({ raw }) => raw).join('')
}

/** Splits at blanks outside quotes; blanks at the end of the line stay with its last word. */
function splitWords(line: string): Word[] {
  const words = [...line.matchAll(/\s*(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\]|["'\\])+(?:\s+$)?/g)]
  return words.map(([raw]) => ({
    raw,
    text: raw
      .trim()
      .replace(
        /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g,
        (_all, double, single, escaped) => double?.replace(/\\(.)/g, '$1') ?? single ?? escaped,
      ),
  }))
}
