import { inputError } from '../core/errors.ts'
import type { Family } from '../core/address.ts'
import { place } from './expand.ts'

/** A payload as an init container's script feeds it to `iptables-restore`. */
export interface HereDocument {
  family: Family
  body: string
  /** The line of the body's first one. */
  firstLine: number
  /** A quoted end (`<<'EOF'`): the shell expands nothing in the body. */
  literal: boolean
}

const start = /^\s*(?:\/[\w./-]*\/)?(ip6?tables)(?:-nft|-legacy)?-restore((?:\s+[\w-]+)*)\s*<<(-?)\s*(["']?)(\w+)\4\s*$/
const blank = /^\s*(#.*)?$/

/** Whether a script begins with `iptables-restore … <<EOF`. */
export function startsHereDocument(text: string): boolean {
  return start.test(text.split('\n').find((line) => !blank.test(line)) ?? '')
}

/**
 * Reads a script of nothing but `iptables-restore --noflush <<EOF … EOF` and its IPv6 twin.
 * @throws HarnessError (`input`) with the line of anything else.
 */
export function readHereDocuments(text: string): HereDocument[] {
  const lines = text.split('\n')
  const documents: HereDocument[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (blank.test(line)) continue
    const [, program, options = '', dash, quote, end] = start.exec(line) ?? []
    if (end === undefined) throw inputError(place(index + 1), 'a script with an iptables-restore here-document may hold nothing else')
    checkOptions(options, index + 1)
    const body = lines.slice(index + 1).map((text) => (dash === '-' ? text.replace(/^\t+/, '') : text))
    const length = body.indexOf(end)
    if (length < 0) throw inputError(place(index + 1), `the here-document has no line '${end}' at its end`)
    const family = program === 'ip6tables' ? 'ipv6' : 'ipv4'
    if (documents.some((other) => other.family === family)) throw inputError(place(index + 1), `a second ${program}-restore is not read`)
    documents.push({ family, body: body.slice(0, length).join('\n'), firstLine: index + 2, literal: quote !== '' })
    index += length + 1
  }
  return documents
}

/** Rules are always applied with `--noflush`; options that change nothing else are accepted. */
function checkOptions(options: string, line: number): void {
  const foreign = options.split(/\s+/).find((option) => !/^(|--noflush|-n|--counters|-c|--wait|-w|--verbose|-v|\d+)$/.test(option))
  if (foreign !== undefined) throw inputError(place(line), `option ${foreign} of iptables-restore is not read`)
}
