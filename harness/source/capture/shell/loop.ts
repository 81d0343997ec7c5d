import type { Line } from '../text/line.ts'
import { lexCommand } from './lexer.ts'
import { closers, openers, type ScriptState } from './script-state.ts'
import type { Pipeline, ShellWord } from './syntax.ts'

/** A pipeline of a script: the line that its list begins in, by the index in what is lexed, and its own in the list. */
export interface Spot {
  row: number
  pipeline: number
}

/** A `for` over words that the script says: what it does can be written out, and no shell is needed. */
export interface Loop {
  name: string
  words: readonly string[]
  /** Its `done`. */
  end: Spot
}

/** Whether a pipeline is a loop's `done`. */
export const isDone = (pipeline: Pipeline | undefined): boolean =>
  keywordOf(pipeline?.commands[0]?.words ?? []) === 'done'

/** Lines that a loop may have; those that are longer are not written out. */
const longest = 200

/** What another command decides, or ends the loop. */
const leaving = new Set(['break', 'continue', 'exit', 'return'])

/** @returns the loop that begins there, if it can be written out. @param depth how far its command is indented. */
export function loopAt(
  { commands }: Pipeline,
  lines: readonly Line[],
  { row, pipeline }: Spot,
  depth: number,
  state: ScriptState,
): Loop | undefined {
  const [first, name, inWord, ...words] = behindDo(commands[0]?.words ?? [])
  const isLoop = first?.isPlain === true && first.text === 'for' && inWord?.text === 'in'
  if (!isLoop || name === undefined || commands.length > 1 || !state.knowsFields || !state.loops([])) return undefined
  // What stands for names of files, or for several words, only a shell knows.
  if (words.some((word) => word.needs !== undefined || /[*?[{~]/.test(word.text))) return undefined
  const end = endOfLoop(lines, { row, pipeline: pipeline + 1 }, depth, state)
  return end === undefined ? undefined : { name: name.text, words: words.map(({ text }) => text), end }
}

function endOfLoop(lines: readonly Line[], start: Spot, depth: number, state: ScriptState): Spot | undefined {
  let open = 1
  for (let { row, pipeline: from } = start; row < Math.min(lines.length, start.row + longest); from = 0) {
    const { pipelines, wrong, next } = lexCommand(lines, row, state.variables, depth)
    if (wrong !== undefined || !state.loops(lines.slice(row, next))) return undefined
    for (const [index, { commands }] of pipelines.entries()) {
      if (index < from) continue
      const word = keywordOf(commands[0]?.words ?? [])
      if (leaving.has(word)) return undefined
      open += openers.has(word) ? 1 : closers.has(word) ? -1 : 0
      if (open === 0) return word === 'done' ? { row, pipeline: index } : undefined
    }
    row = next
  }
  return undefined
}

/** The word of a shell's own that a command begins with. */
function keywordOf(words: readonly ShellWord[]): string {
  const [first] = behindDo(words)
  return first?.isPlain === true ? first.text : ''
}

function behindDo(words: readonly ShellWord[]): readonly ShellWord[] {
  const at = words.findIndex(({ text, isPlain }) => !isPlain || !/^(?:do|then|else|!)$/.test(text))
  return at < 0 ? [] : words.slice(at)
}
