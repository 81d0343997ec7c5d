import type { Family } from '../../core/address.ts'
import { familyOfTool } from '../../flow/backend.ts'
import type { RuleCommand, RuleText } from '../../flow/ruleset.ts'
import { bounds } from '../words/bounds.ts'
import { checkOptions } from '../command/listed-options.ts'
import type { Variables } from '../words/expand.ts'
import type { Word } from '../words/payload-words.ts'
import { isHarmlessSetting } from './shell-settings.ts'
import { shellTokens, type Token } from './shell-words.ts'
import { type Place, wrongAt } from '../words/place.ts'

type Commands = Extract<RuleText, { form: 'commands' }>
type ShellWord = Extract<Token, { kind: 'word' }>

/**
 * Reads a chain of `iptables` and `ip6tables` commands, joined by `&&`, `;` or line breaks. What a script sets at its
 * beginning, such as `set -e`, is passed over where it changes nothing.
 * @returns those of one family, each with its place in the whole chain, or undefined if there are none.
 * @throws HarnessError (`input`) with line and column for another program, and for what a shell would reject, such as
 * `&& &&`.
 */
export function readCommands(text: string, variables: Variables): Commands | undefined {
  const { family } = variables
  const commands = splitCommands(shellTokens(text, variables))
    .filter((words) => !isHarmlessSetting(words.map(({ text }) => text)))
    .map((words, index) => ({ ...ofProgram(words), line: index + 1 }))
    .filter((command) => command.family === family)
    .map(({ words, line }): RuleCommand => {
      checkOptions(() => words, family, 'command')
      return {
        argv: words.map(({ text }) => text),
        line,
        places: words.map(({ line, column }) => [line, column] as const),
      }
    })
  return commands.length === 0 ? undefined : { form: 'commands', family, commands }
}

function splitCommands(tokens: readonly Token[]): ShellWord[][] {
  const commands: ShellWord[][] = []
  let current: ShellWord[] = []
  let joint: Token | undefined
  for (const token of tokens) {
    if (token.kind === 'word') {
      current.push(token)
      joint = undefined
      continue
    }
    // A line may end in && and be continued on the next.
    if (current.length === 0 && token.text === 'newline') continue
    if (current.length === 0) throw wrongAt(token, `'${token.text}' has no command before it; a shell would reject it`)
    commands.push(current)
    if (commands.length > bounds.commands) throw wrongAt(token, `more than ${bounds.commands} commands are not read`)
    current = []
    joint = token
  }
  if (current.length > 0) commands.push(current)
  else if (joint?.kind === 'separator' && joint.text === '&&')
    throw wrongAt(joint, "'&&' has no command behind it; a shell would reject it")
  return commands
}

const program = /^(?:\/[\w./-]*\/)?(ip6?tables)(?:-nft|-legacy)?$/

/** Whose command it is, and what it is told. */
function ofProgram([name, ...words]: readonly ShellWord[]): { family: Family; words: ShellWord[] } {
  const found = program.exec(name?.text ?? '')?.[1]
  if (name !== undefined && found === undefined) {
    throw wrongAt(
      name,
      `${JSON.stringify(shortened(name.text))} is neither iptables nor ip6tables, and nothing else is run`,
    )
  }
  if (name !== undefined) checkWords(name, words)
  return { family: familyOfTool(found ?? ''), words }
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

/** @throws HarnessError (`input`) if a command is longer than is read. @param name where it stands. */
export function checkWords(name: Place, words: readonly Word[]): void {
  if (words.length > bounds.commandWords)
    throw wrongAt(name, `a command of ${words.length} words is not read; ${bounds.commandWords} are`)
  const long = words.find(
    ({ text }) => text.length > bounds.commandWord || Buffer.byteLength(text) > bounds.commandWord,
  )
  if (long !== undefined)
    throw wrongAt(long, `a word has more than ${bounds.commandWord} bytes, which no program can be given`)
}
