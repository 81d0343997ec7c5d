import type { RuleText } from '../../flow/ruleset.ts'
import type { Word } from '../words/payload-words.ts'
import type { Place } from '../words/place.ts'

type Payload = Extract<RuleText, { form: 'restore' }>
type Command = Extract<RuleText, { form: 'commands' }>['commands'][number]

/** Where words of a payload stand in the text that it came from: in a file, a here-document, the Args of a pod. */
export interface Origin {
  place(line: number, column: number): Place
  word(word: Word): Word
}

export function payloadOrigin({ payload, unexpanded, origin = { line: 1 } }: Payload): Origin {
  const { line: first, indents } = origin
  const pairs = unexpanded === undefined ? undefined : [payload.split('\n'), unexpanded.split('\n')]
  const originOf = (line: number, column: number): Place => ({
    line: first + line - 1,
    column:
      (indents?.[line - 1] ?? 0) +
      (pairs === undefined ? column : unexpandedColumn(pairs[0]?.[line - 1], pairs[1]?.[line - 1], column)),
  })
  const columnAt =
    ({ line, column }: Word) =>
    (index: number) =>
      originOf(line, column + index).column
  const word = (word: Word): Word => ({
    ...word,
    ...originOf(word.line, word.column),
    ...(pairs && { columnAt: columnAt(word) }),
  })
  return { place: originOf, word }
}

/** The column before `$POD_IP` became an address, whose length is what the rest of the line does not account for. */
function unexpandedColumn(expanded = '', written = '', column: number): number {
  const names = [...written.matchAll(/\$(?:POD_IP(?![A-Za-z0-9_])|\{POD_IP\})/g)]
  if (expanded === written || names.length === 0) return column
  const ofNames = names.reduce((sum, [name]) => sum + name.length, 0)
  const length = (expanded.length - (written.length - ofNames)) / names.length
  let shift = 0
  for (const { 0: name, index } of names) {
    const start = index + 1 + shift
    if (column < start) break
    // Inside the address it is the name's own beginning.
    if (column < start + length) return index + 1
    shift += length - name.length
  }
  return column - shift
}

/**
 * The words of a command; where nobody has said where they stand, in the command as it reads with single blanks between
 * them.
 */
export function commandOrigin({ argv, line, places }: Command): Word[] {
  let column = 1
  return argv.map((text, index) => {
    const [ownLine, ownColumn] = places?.[index] ?? [line, column]
    column += text.length + 1
    return { text, line: ownLine, column: ownColumn }
  })
}
