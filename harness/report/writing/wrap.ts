import { stripVTControlCharacters } from 'node:util'

/**
 * Breaks a line of prose between words, so that none is wider than a terminal; a word that is wider by itself stays
 * whole. Colours take no room.
 * @param columns the terminal's width; undefined, as for a file, breaks nothing.
 * @param indent how many spaces the lines after the first begin with.
 */
export function wrap(text: string, columns: number | undefined, indent: number): string {
  if (columns === undefined || widthOf(text) <= columns) return text
  const [start = ''] = /^ */.exec(text) ?? []
  const [first = '', ...words] = text.slice(start.length).split(' ')
  const lines: string[] = []
  let line = start + first
  for (const word of words) {
    const isFull = widthOf(line) + 1 + widthOf(word) > columns
    if (isFull) lines.push(line)
    line = isFull ? ' '.repeat(indent) + word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}

const widthOf = (text: string): number => stripVTControlCharacters(text).length
