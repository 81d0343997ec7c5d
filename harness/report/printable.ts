/** Text from strangers, harmless on a terminal and in YAML: control characters but for newline and tab are written as `\x1b`. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\ufeff]/gu, (character) => {
    if (character === '\n' || character === '\t') return character
    const code = character.codePointAt(0) ?? 0
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s*\n\s*/g, ' '))
}
