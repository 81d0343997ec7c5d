import { HarnessError, inputError } from '../../core/errors.ts'
import { shellTokens } from '../../iptables/texts/shell-words.ts'

/**
 * Splits a source's command by the shell's quoting rules; there is no shell to do more.
 * @throws HarnessError (`input`) naming the source.
 */
export function splitCommand(id: string, command: string): string[] {
  try {
    return shellTokens(command).map((token) => {
      if (token.kind === 'word') return token.text
      throw inputError(`line ${token.line}, column ${token.column}`, `'${token.text}' is not read, since no shell runs`)
    })
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error
    throw inputError(id, error.message, error.hint ?? `a shell has to be asked for: exec:sh -c '…'`)
  }
}
