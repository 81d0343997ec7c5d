import type { Family } from '../../core/address.ts'
import { familyOfTool } from '../../flow/backend.ts'
import { refusedReason } from '../command/refused-options.ts'
import { type Place, wrongAt } from '../words/place.ts'
import { isHarmlessSetting } from './shell-settings.ts'

/** A payload as an init container's script feeds it to `iptables-restore`. */
interface HereDocument {
  family: Family
  body: string
  /** The line of the body's first one. */
  line: number
  /** How far each of its lines was indented. */
  indents: readonly number[]
  /** A quoted end (`<<'EOF'`): the shell expands nothing in the body. */
  literal: boolean
}

const start =
  /^[ \t]*(?:\/[\w./-]*\/)?(ip6?tables)(?:-nft|-legacy)?-restore((?:[ \t]+[^\s<>|&;()'"`$\\]+)*)[ \t]*<<(-?)[ \t]*(["']?)(\w+)\4[ \t]*$/
const blank = /^\s*(#.*)?$/

/** Whether a line does nothing to the rules. */
const isNothing = (line: string): boolean => blank.test(line) || isHarmlessSetting(line.trim().split(/[ \t]+/))

/** Whether a script begins with `iptables-restore … <<EOF`, but for what it sets. */
export function startsHereDocument(text: string): boolean {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? undefined : end)
    if (!isNothing(line)) return start.test(line)
    at = end < 0 ? text.length : end + 1
  }
  return false
}

/**
 * Reads a script of nothing but `iptables-restore --noflush <<EOF … EOF` and its IPv6 twin, and settings such as
 * `set -e`.
 * @param indents how far each line of the script was indented where it was found.
 * @throws HarnessError (`input`) with line and column of anything else.
 */
export function readHereDocuments(text: string, indents: readonly number[]): HereDocument[] {
  const lines = text.split('\n')
  const documents: HereDocument[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (isNothing(line)) continue
    const placeOf = (at: number): Place => ({ line: index + 1, column: (indents[index] ?? 0) + at + 1 })
    const where = placeOf(Math.max(0, line.search(/[^ \t]/)))
    const [, program, options = '', dash, quote, end] = start.exec(line) ?? []
    if (end === undefined) throw wrongAt(where, 'a script with an iptables-restore here-document may hold nothing else')
    checkOptions(options, (at) => placeOf(line.indexOf('-restore') + '-restore'.length + at))
    const family = familyOfTool(program ?? '')
    if (documents.some((other) => other.family === family))
      throw wrongAt(where, `a second ${program}-restore is not read`)
    const body = bodyOf(lines, index + 1, end, dash === '-')
    if (body === undefined) throw wrongAt(where, `the here-document has no line '${end}' at its end`)
    const own = body.tabs.map((tabs, at) => tabs + (indents[index + 1 + at] ?? 0))
    documents.push({ family, body: body.lines.join('\n'), line: index + 2, indents: own, literal: quote !== '' })
    index += body.lines.length + 1
  }
  return documents
}

/** The lines up to the end, and how many tabs `<<-` takes off each; undefined where there is no end. */
function bodyOf(
  lines: readonly string[],
  first: number,
  end: string,
  isStripped: boolean,
): { lines: string[]; tabs: number[] } | undefined {
  const body: { lines: string[]; tabs: number[] } = { lines: [], tabs: [] }
  for (let index = first; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const tabs = isStripped ? Math.max(0, line.search(/[^\t]|$/)) : 0
    const text = line.slice(tabs)
    if (text === end) return body
    body.lines.push(text)
    body.tabs.push(tabs)
  }
  return undefined
}

/**
 * Rules are always applied with `--noflush`; options that change nothing else are accepted.
 * @param where says the place of what stands so many characters behind the program's name.
 */
function checkOptions(options: string, where: (at: number) => Place): void {
  for (const { 0: option, index } of options.matchAll(/\S+/g)) {
    if (/^(--noflush|-n|--counters|-c|--wait|-w|--verbose|-v|\d+)$/.test(option)) continue
    const why = refusedReason(option)
    throw wrongAt(
      where(index),
      `option ${option.split('=')[0]} of iptables-restore is not read${why ? `, since ${why}` : ''}`,
    )
  }
}
