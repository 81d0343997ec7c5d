import type { HarnessError } from '../../../core/errors.ts'
import type { Unit } from '../units.ts'
import type { Call } from './programs.ts'
import { optionValue } from './programs.ts'
import type { Input } from './standard-input.ts'
import type { ShellWord, SimpleCommand } from './syntax.ts'
import { refuseNeeds } from './words.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

const known =
  /^(?:--noflush|-n|--counters|-c|--wait(?:=\d+)?|-w\d*|--wait-interval(?:=\d+)?|-W\d*|--verbose|-v|\d+|--table(?:=\w+)?|-T\w*|-)$/

/** What a call of iptables-restore loads. */
export interface Restored {
  /** What there is to say of the parts of its payload. */
  told: Partial<Unit> & { at: number }
  /** The table that it loads alone. */
  only?: string
}

/** @throws HarnessError (`input`) at an option that is not read. */
export function restoredBy({ family, backend, words, program }: Call, { isLiteral }: Input): Restored {
  checkOptions(words, program)
  const isNoflush = words.some(({ text }) => text === '-n' || (text.length > 4 && '--noflush'.startsWith(text)))
  const only = optionValue(words, '-T', 'table')
  return {
    told: {
      at: program.line,
      told: [family],
      ...(backend && { backend }),
      ...(!isNoflush && { replaces: true }),
      ...(isLiteral && { isLiteral: true }),
    },
    ...(only !== undefined && { only }),
  }
}

/** What a call reads is nowhere in the text. */
export function withoutInput({ words, program }: Call, { redirections }: SimpleCommand): HarnessError {
  const [file] = words.filter(({ text }) => !text.startsWith('-') && !/^\d+$/.test(text)).slice(-1)
  const from = redirections.find(({ operator }) => operator === '<')?.target ?? file
  return wrongAt(
    program,
    from === undefined
      ? `what ${program.text} reads is not in the text`
      : `${program.text} reads ${from.text}, which is not in the text`,
    from === undefined ? 'put a here-document behind it' : `put the contents of ${from.text} in its place`,
  )
}

function checkOptions(words: readonly ShellWord[], program: ShellWord): void {
  for (const [index, word] of words.entries()) {
    refuseNeeds([word])
    const { text } = word
    if (known.test(text)) continue
    if (/^(?:-T|--table)$/.test(words[index - 1]?.text ?? '') || !text.startsWith('-')) continue
    throw wrongAt(word, `option ${text.split('=')[0]} of ${program.text} is not read`)
  }
}
