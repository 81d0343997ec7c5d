import type { Line } from '../text/line.ts'
import { documentLines } from './document.ts'
import { programAt } from './programs.ts'
import type { ScriptState } from './script-state.ts'
import type { SimpleCommand } from './syntax.ts'
import { linesOf, refuseNeeds } from './words.ts'

/** What a program reads. */
export interface Input {
  lines: readonly Line[]
  /** Nothing in it is expanded any more. */
  isLiteral: boolean
}

type Known = Pick<ScriptState, 'files' | 'variables'>

/** What a program reads: its here-document, a here-string, a file that the text has written, or what is piped to it. */
export function inputOf(
  command: SimpleCommand,
  from: SimpleCommand | undefined,
  lines: readonly Line[],
  { files, variables }: Known,
): Input | undefined {
  const documented = command.redirections.find(({ document }) => document !== undefined)
  if (documented?.document !== undefined)
    return { lines: documentLines(lines, documented.document, variables), isLiteral: true }
  const file = command.redirections.find(({ operator }) => operator === '<')?.target
  const named = file ?? command.words.find(({ text }) => files.has(text))
  const known = named === undefined ? undefined : files.read(named.text)
  if (known !== undefined) return { lines: known, isLiteral: true }
  const string = command.redirections.find(({ operator }) => operator === '<<<')?.target
  if (string !== undefined) return { lines: linesOf(string), isLiteral: true }
  if (from === undefined) return undefined
  const [name, ...rest] = from.words
  if (name?.text === 'cat') return inputOf(from, undefined, lines, { files, variables })
  if (name?.text === 'echo' || name?.text === 'printf') {
    const texts = rest.filter(({ text }) => !/^(?:-[neE]+|%[sb](?:\\n)?)$/.test(text))
    refuseNeeds(texts)
    const isEscaped = name.text === 'printf' || rest.some(({ text }) => /^-[nE]*e/.test(text)) || texts.length === 1
    return {
      lines: texts.flatMap((word) => linesOf(isEscaped ? { ...word, text: word.text.replaceAll('\\n', '\n') } : word)),
      isLiteral: true,
    }
  }
  return undefined
}

/** `cat > FILE <<EOF`, `sudo tee -a FILE <<EOF`, `echo … >> FILE`: what other commands read from there. */
export function keepFile(commands: readonly SimpleCommand[], lines: readonly Line[], known: Known): void {
  const [first, last] = [commands[0], commands.at(-1)] as [SimpleCommand, SimpleCommand]
  const to = last.redirections.find(({ operator }) => operator === '>' || operator === '>>')
  const tee = programAt(last.words, (text) => text === 'tee')
  const behind = tee < 0 ? [] : last.words.slice(tee + 1)
  const written = behind.find(({ text }) => !text.startsWith('-')) ?? to?.target
  if (written === undefined) return
  const body = first.redirections.find(({ document }) => document !== undefined)?.document
  known.files.keep(
    {
      name: written.text,
      at: (first.words[0] ?? written).line,
      isMore: tee < 0 ? to?.operator === '>>' : behind.some(({ text }) => /^-(?:-append$|[a-z]*a)/.test(text)),
      written: body === undefined ? [] : lines.slice(body.first, body.end),
    },
    () => inputOf(first, first, lines, known)?.lines,
  )
}
