import { dedent } from './dedent.ts'

/**
 * What a text that somebody has copied from a terminal is read without, where nothing else has cleaned it: carriage returns, blanks on lines of nothing else
 * and behind COMMIT, the indentation of a payload as a whole. Lines stay where they are.
 */
export function cleanCapture(text: string): string {
  const lines = text
    .replaceAll('\r\n', '\n')
    .replace(/^[ \t]+$/gm, '')
    .replace(/^([ \t]*COMMIT)[ \t]+$/gm, '$1')
  return /^[ \t]+[*:[-]/m.exec(lines)?.index === lines.search(/^[ \t]*[^#\s]/m) ? dedent(lines).text : lines
}
