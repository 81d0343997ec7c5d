/**
 * Breaks a line of prose between words, so that none is wider than a terminal; a word that is wider by itself stays
 * whole.
 * @param columns the terminal's width; undefined, as for a file, breaks nothing.
 * @param indent how many spaces the lines after the first begin with.
 */
export function wrap(text: string, columns: number | undefined, indent: number): string {
  if (columns === undefined || text.length <= columns) return text
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const isFull = line.trim() !== '' && line.length + 1 + word.length > columns
    if (isFull) lines.push(line)
    line = isFull ? ' '.repeat(indent) + word : line === '' && lines.length === 0 ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}
