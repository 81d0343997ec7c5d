import type { Family } from '../../core/address.ts'
import { remembered } from '../../core/remembered.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { expandLine, type Variables } from '../words/expand.ts'
import { checkOptions } from '../command/listed-options.ts'
import { payloadOrigin } from '../ruleset/origin.ts'
import { payloadLines } from '../ruleset/payload-lines.ts'
import { checkPayloadLine } from '../words/bounds.ts'
import { wrongAt } from '../words/place.ts'

type Payload = Extract<RuleText, { form: 'restore' }>

/** Where a payload stands in the text that it was found in. */
interface Found {
  /** The line of its first one. */
  line: number
  /** By how many characters each of its lines was indented. */
  indents?: readonly number[]
}

/**
 * Reads an `iptables-restore` payload or the output of `iptables-save`, with or without counters; both can be applied
 * with `--noflush`. Whether the rules themselves are right is for iptables to say.
 * @param found where it stands; without it, it is the whole text.
 * @param variables without them nothing is expanded, as in a here-document with a quoted end.
 * @throws HarnessError (`input`) with line and column of what cannot be part of a payload, and of options that nobody
 * may give.
 */
export function readPayload(
  text: string,
  family: Payload['family'],
  variables?: Variables,
  found: Found = { line: 1 },
): Payload {
  const lines = text.split('\n')
  const before = lines.findIndex((line) => line !== '')
  const filled = lines.slice(Math.max(0, before), lines.findLastIndex((line) => line !== '') + 1)
  const indents = found.indents?.slice(Math.max(0, before))
  const line = found.line + Math.max(0, before)
  const isIndented = indents?.some((indent) => indent > 0) === true
  const column = (index: number): number => indents?.[index] ?? 0
  for (const [index, content] of filled.entries()) checkPayloadLine(content, line + index)
  const expanded =
    variables === undefined
      ? filled
      : filled.map((one, index) => expandLine(one, line + index, variables, column(index)))
  const [written, payload] = [textOf(filled), textOf(expanded)]
  const read: Payload = {
    form: 'restore',
    family,
    payload,
    ...(written !== payload && { unexpanded: written }),
    ...(line > 1 || isIndented ? { origin: { line, ...(isIndented && { indents }) } } : {}),
  }
  checkLines(read)
  return read
}

const textOf = (lines: readonly string[]): string => `${lines.join('\n')}\n`

/** What both programs refuse whatever the rules are, and what is refused before any program sees it. */
function checkLines(payload: Payload): void {
  const origin = payloadOrigin(payload)
  let isInTable = false
  for (const line of payloadLines(payload.payload)) {
    if (line.kind === 'nothing') continue
    const at = origin.place(line.number, 1)
    if (line.kind === 'table') isInTable = true
    else if (!isInTable)
      throw wrongAt(
        at,
        `stands outside any table: ${shorten(line.text)}`,
        "a payload has a line such as '*nat' first and COMMIT last",
      )
    else if (line.kind === 'commit') isInTable = false
    else if (line.kind === 'rule' && !/^(?:\[|[ \t]*[-"])/.test(line.text))
      throw wrongAt(at, `cannot be part of an iptables-restore payload: ${shorten(line.text)}`, hintFor(line.text))
    else if (line.kind === 'rule' && !isTaken[payload.family](line.text))
      checkOptions(() => line.words().map(origin.word), payload.family, 'payload')
  }
}

/**
 * Whether all options of a line may be given, wherever it stands: the rulesets of a builder have nearly all lines in
 * common.
 */
const taking = (family: Family) =>
  remembered((text: string): boolean => {
    try {
      for (const line of payloadLines(text)) if (line.kind === 'rule') checkOptions(line.words, family, 'payload')
      return true
    } catch {
      // Whoever asks finds out what is wrong, and where.
      return false
    }
  })
const isTaken = { ipv4: taking('ipv4'), ipv6: taking('ipv6') } as const

/** What somebody has most likely meant. */
function hintFor(text: string): string | undefined {
  if (text.trim() === '') return 'the line holds nothing but blanks; leave it empty'
  if (text.trim() === 'COMMIT') return 'COMMIT stands alone, with no blanks around it'
  return /^\s+[*:#[]/.test(text) ? 'a line of a payload begins with no blanks' : undefined
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
