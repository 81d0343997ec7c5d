import type { Peeled } from './peel.ts'

/** How far behind a function's call the command is looked for that runs in it, in lines. */
const farthest = 40
const program = /^(?:[\w./-]*\/)?ip6?tables(?:-nft|-legacy)?$/

/**
 * Lines of `set -x` and `set -v` that say what another line says as the command that is run: a call of a function that
 * runs iptables, `echo` of the command and what it prints, and the line of the script before it is expanded.
 * @returns their indices.
 */
export function tracedCalls(lines: readonly Peeled[]): ReadonlySet<number> {
  const traced = lines.flatMap(({ layers }, index) => (layers.includes('traces') ? [index] : []))
  const calls = new Set<number>()
  if (traced.length === 0) return calls
  for (const [at, index] of traced.entries()) if (isCall(lines, traced, at)) calls.add(index)
  for (const [index, line] of lines.entries()) if (isPrinted(lines, index, line)) calls.add(index)
  return calls
}

const textOf = (line: Peeled | undefined): string => line?.core.text ?? ''
const isCommand = (line: Peeled | undefined): boolean => line?.kind === 'command'

/** Whether the trace behind has a command with the same arguments, run by another name. */
function isCall(lines: readonly Peeled[], traced: readonly number[], at: number): boolean {
  const own = lines[traced[at] as number]
  const [first = '', ...words] = textOf(own).split(' ')
  const inner = words.findIndex((word) => program.test(word))
  if (own === undefined || (!isCommand(own) && own.kind !== 'other') || /^(?:echo|printf|'?\[|test|local)/.test(first))
    return false
  const name = isCommand(own) ? first : (words[inner] ?? '')
  const args = argumentsOf(inner < 0 ? words : words.slice(inner + 1))
  if (args === undefined) return false
  let isWrapped = !isCommand(own)
  for (const index of traced.slice(at + 1, at + 1 + farthest)) {
    const other = lines[index]
    const text = ` ${textOf(other)} `
    const isSame = text.includes(` ${args} `)
    if (isCommand(other)) {
      const [otherName = ''] = textOf(other).split(' ')
      if (isSame) return isWrapped || otherName !== name
      if (isCommand(own)) return false
    } else if (isSame && !/^ (?:echo|printf) /.test(text)) isWrapped = true
  }
  return false
}

/** What a function hands on to iptables: from the first option on, where that says something of a rule. */
function argumentsOf(words: readonly string[]): string | undefined {
  const from = words.findIndex((word) => /^-/.test(word))
  const args = from < 0 ? [] : words.slice(from)
  return args.length > 1 ? args.join(' ') : undefined
}

const plainly = (text: string): string => text.replaceAll(/['"\\]/g, '').trim()

/** A command without the trace's mark, which `echo` has just printed, or which the trace says again. */
function isPrinted(lines: readonly Peeled[], index: number, { kind, layers, core }: Peeled): boolean {
  if (kind !== 'command' || layers.includes('traces')) return false
  const [above, below] = [lines[index - 1], lines[index + 1]]
  const own = plainly(core.text)
  if (above?.layers.includes('traces') && /^(?:echo|printf)\s/.test(textOf(above)))
    return plainly(textOf(above)).endsWith(own)
  if (!below?.layers.includes('traces') || !isCommand(below)) return false
  return plainly(textOf(below)) === own || isBeforeExpansion(own, plainly(textOf(below)))
}

/** `iptables -t nat -A $CHAIN -j RETURN`, of which the trace has the value. */
function isBeforeExpansion(written: string, run: string): boolean {
  if (!written.includes('$')) return false
  const parts = written.split(/\$\{\w[^}]*\}|\$\w+/)
  let at = 0
  for (const [index, part] of parts.entries()) {
    const found = run.indexOf(part, at)
    if (found < 0 || (index === 0 && found > 0)) return false
    at = found + part.length
  }
  return true
}
