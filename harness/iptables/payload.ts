import { inputError } from '../core/errors.ts'
import type { RuleText } from '../flow/ruleset.ts'
import { expandLine, place, type Variables } from './expand.ts'

type Payload = Extract<RuleText, { form: 'restore' }>

/**
 * Reads an `iptables-restore` payload or the output of `iptables-save`, with or without counters; both can be applied with
 * `--noflush`. Whether the rules themselves are right is for iptables to say.
 * @param firstLine the line of the payload's first one in the text that it was found in.
 * @param variables without them nothing is expanded, as in a here-document with a quoted end.
 * @throws HarnessError (`input`) with the line if one cannot be part of a payload.
 */
export function readPayload(text: string, family: Payload['family'], variables?: Variables, firstLine = 1): Payload {
  const lines = text.split('\n')
  let table: string | undefined
  for (const [index, line] of lines.entries()) {
    const where = place(firstLine + index)
    const content = line.trim()
    if (content === '' || content.startsWith('#')) continue
    if (content.startsWith('*')) table = content
    else if (table === undefined)
      throw inputError(where, `stands outside any table: ${shorten(content)}`, "a payload has a line such as '*nat' first and COMMIT last")
    else if (content === 'COMMIT') table = undefined
    else if (!/^[:[-]/.test(content)) throw inputError(where, `cannot be part of an iptables-restore payload: ${shorten(content)}`)
  }
  const expanded = variables === undefined ? lines : lines.map((line, index) => expandLine(line, firstLine + index, variables))
  const written = textOf(lines)
  const payload = textOf(expanded)
  return { form: 'restore', family, payload, ...(written !== payload && { unexpanded: written }) }
}

function textOf(lines: readonly string[]): string {
  return `${trimBlankLines(lines).join('\n')}\n`
}

function trimBlankLines(lines: readonly string[]): readonly string[] {
  const filled = (line: string) => line.trim() !== ''
  return lines.slice(lines.findIndex(filled), lines.findLastIndex(filled) + 1)
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
