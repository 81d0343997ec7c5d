/**
 * A text that somebody has copied from a terminal, where nothing else has cleaned it: without carriage returns, blanks on lines of nothing
 * else and behind COMMIT, and what a payload's lines are indented by. Lines stay where they are.
 */
export function cleanCapture(text: string): string {
  const lines = text
    .replaceAll('\r\n', '\n')
    .replace(/^[ \t]+$/gm, '')
    .replace(/^([ \t]*COMMIT)[ \t]+$/gm, '$1')
  return /^\s*(?:#.*\s+)*[*:[-]/.test(lines) ? lines.replace(/^[ \t]+/gm, '') : lines
}
