import { kindOf } from './kinds.ts'
import { cut, indentationOf, type Line } from './line.ts'

/** A task that runs one command, such as `- ansible.builtin.command: iptables …` (Ansible's modules of these names). */
const task = /^[ \t]*(?:-[ \t]+)?(?:ansible\.(?:builtin|legacy)\.)?(?:command|shell|raw|cmd):[ \t]+(?=\S)/
/** What makes a task, or the block that it is in, run under a condition or several times. */
const condition = /^([ \t]*(?:-[ \t]+)?)(?:when|until|loop|with_\w+):/
const item = /^[ \t]*-[ \t]+/
/** No rule is longer. */
const longest = 12_000

/**
 * Ansible's tasks, without what stands around their commands. One that is not always run, once, is left as it is: it
 * cannot be read. @param found receives the number of commands.
 */
export function withTasks(lines: readonly Line[], found: (count: number) => void): readonly Line[] {
  if (!lines.some(({ text }) => text.length <= longest && task.test(text))) return lines
  const conditional = conditionalIn(lines)
  let count = 0
  const read = lines.map((line, index) => {
    const command = line.text.length > longest || conditional.has(index) ? undefined : commandOf(line)
    if (command !== undefined) count += 1
    return command ?? line
  })
  found(count)
  return read
}

function commandOf(line: Line): Line | undefined {
  const [before] = task.exec(line.text) ?? []
  if (before === undefined) return undefined
  const end = line.text.trimEnd().length
  const own = cut(line, before.length, end)
  const [quote] = /^["']/.exec(own.text) ?? []
  if (quote === undefined) return isCommand(own.text) ? own : undefined
  const inside = cut(own, 1, own.text.length - 1)
  // A quotation may have escapes of YAML's.
  const isWhole = own.text.endsWith(quote) && !inside.text.includes(quote) && !inside.text.includes('\\')
  return isWhole && isCommand(inside.text) ? inside : undefined
}

const isCommand = (text: string): boolean => kindOf(text.replace(/^sudo[ \t]+/, '')) === 'command'

/** The lines of every mapping that has a condition, each with the column of that mapping's keys. */
function conditionalIn(lines: readonly Line[]): ReadonlyMap<number, number> {
  const marked = new Map<number, number>()
  for (const [index, { text }] of lines.entries()) {
    const column = condition.exec(text.slice(0, longest))?.[1]?.length
    if (column === undefined || (marked.get(index) ?? column + 1) <= column) continue
    const mark = (at: number): boolean => {
      const own = lines[at]?.text ?? ''
      if (own.trim() !== '' && keyColumn(own) < column) return false
      marked.set(at, Math.min(marked.get(at) ?? column, column))
      return true
    }
    const isFirst = (at: number): boolean =>
      item.test(lines[at]?.text ?? '') && keyColumn(lines[at]?.text ?? '') === column
    for (let at = index; at >= 0 && mark(at) && !isFirst(at); at -= 1);
    for (let at = index + 1; at < lines.length && !isFirst(at) && mark(at); at += 1);
  }
  return marked
}

/** The column of a line's first key, behind the mark of a list's item. */
const keyColumn = (text: string): number => item.exec(text)?.[0].length ?? indentationOf(text)
