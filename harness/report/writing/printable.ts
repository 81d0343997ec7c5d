/**
 * Characters that a terminal or an editor acts on instead of showing: control characters, and invisible ones such as
 * bidi overrides.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * What GitHub Actions obeys in a job's log: a line that begins with `::` and a command, after spaces too, and `##[` anywhere
 * (TryParseV2 and TryParse of ActionCommand.cs in actions/runner).
 */
const workflowCommand =
  /(^|\n)([^\S\n]*):(?=:(?:error|warning|notice|debug|group|endgroup|echo|(?:add|remove|set|save|stop)-[a-z]+)\b)|##(?=\[)/g

/**
 * Text from strangers, harmless on a terminal, in a job's log and in YAML: what is not shown, but for newline and tab, is written as
 * `\x1b`.
 */
export function printable(text: string): string {
  const withoutCommands = text.replace(workflowCommand, (_found, start?: string, indent = '') =>
    start === undefined ? '#\\x23' : `${start}${indent}\\x3a`,
  )
  return withoutCommands.replace(unprintable, (character) => {
    if (character === '\n' || character === '\t') return character
    const code = character.codePointAt(0) ?? 0
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s*\n\s*/g, ' '))
}

/** A value as JSON on lines of its own, in which nothing controls a terminal. */
export const jsonText = (value: unknown): string => `${printableJson(JSON.stringify(value, null, 2))}\n`

/** The same for JSON, whose meaning does not change: such characters only occur in strings, where JSON has escapes. */
export function printableJson(text: string): string {
  return text.replaceAll('##[', '#\\u0023[').replace(unprintable, (character) => {
    if (character === '\n' || character === '\t') return character
    return [...Array(character.length).keys()]
      .map((unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`)
      .join('')
  })
}
