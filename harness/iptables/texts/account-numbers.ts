import type { RuleCommand, RuleText } from '../../flow/ruleset.ts'
import { payloadWords } from '../words/payload-words.ts'

/** An account that a rule names. */
export interface NamedAccount {
  of: 'uid' | 'gid'
  name: string
  /** Where, in the text that the rules came from. */
  line: number
}

/** What the name stands for; undefined leaves it as it is. */
type NumberOf = (named: NamedAccount) => number | undefined

/**
 * The same rules with numbers in place of the names of users and groups, as the kernel gets them from iptables: it looks
 * names up where it loads the rules (owner_parse_range in extensions/libxt_owner.c has numbers and ranges of them).
 * @param numberOf is asked in the order of the text. @returns the text itself where nothing is replaced.
 */
export function withAccountNumbers(text: RuleText, numberOf: NumberOf): RuleText {
  if (text.form === 'commands') {
    const commands = text.commands.map((command) => commandWith(command, numberOf))
    return commands.every((command, at) => command === text.commands[at]) ? text : { ...text, commands }
  }
  const first = text.origin?.line ?? 1
  const replaced = (payload: string, ask: NumberOf): string =>
    asks.test(payload)
      ? payload
          .split('\n')
          .map((line, at) => (asks.test(line) && !line.startsWith('#') ? lineWith(line, first + at, ask) : line))
          .join('\n')
      : payload
  const payload = replaced(text.payload, numberOf)
  if (payload === text.payload) return text
  return {
    ...text,
    payload,
    ...(text.unexpanded !== undefined && { unexpanded: replaced(text.unexpanded, numberOf) }),
  }
}

const asks = /--[ug]i/

/** getopt_long(3) takes any beginning of an option's name. */
const option =
  /^--(?:u(?<uid>i(?:d(?:-(?:o(?:w(?:n(?:er?)?)?)?)?)?)?)|gi(?:d(?:-(?:o(?:w(?:n(?:er?)?)?)?)?)?)?)(?:=(?<glued>.*))?$/s

const accountName = /^[A-Za-z_][\w.@-]*\$?$/

/** The name that a word gives, or that the one before it asks for. */
function nameIn(before: string | undefined, word: string): { of: NamedAccount['of']; name: string } | undefined {
  const own = option.exec(word)?.groups
  const asked = own?.glued === undefined ? option.exec(before ?? '')?.groups : own
  const name = own?.glued ?? word
  if (asked === undefined || (own === undefined && asked.glued !== undefined) || !accountName.test(name))
    return undefined
  return { of: asked.uid === undefined ? 'gid' : 'uid', name }
}

function commandWith(command: RuleCommand, numberOf: NumberOf): RuleCommand {
  let isChanged = false
  const argv = command.argv.map((word, at) => {
    const found = nameIn(command.argv[at - 1], word)
    const id = found && numberOf({ ...found, line: command.places?.[at]?.[0] ?? command.line })
    if (found === undefined || id === undefined) return word
    isChanged = true
    return `${word.slice(0, word.length - found.name.length)}${id}`
  })
  return isChanged ? { ...command, argv } : command
}

function lineWith(text: string, line: number, numberOf: NumberOf): string {
  const words = payloadWords(text, line)
  let [result, from] = ['', 0]
  for (const [at, word] of words.entries()) {
    const found = nameIn(words[at - 1]?.text, word.text)
    const id = found && numberOf({ ...found, line })
    if (found === undefined || id === undefined) continue
    const start = text.indexOf(found.name, word.column - 1)
    result += `${text.slice(from, start)}${id}`
    from = start + found.name.length
    // What stands behind keeps its column, for messages.
    if (text[from] === ' ') result += ' '.repeat(Math.max(0, found.name.length - `${id}`.length))
  }
  return result + text.slice(from)
}
