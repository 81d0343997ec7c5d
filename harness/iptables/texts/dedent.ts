/** A text without what all of its lines are indented by, and how far each of them was. */
export interface Dedented {
  text: string
  indents: readonly number[]
}

/** Takes away what all lines but empty ones are indented by. */
export function dedent(text: string): Dedented {
  const lines = text.split('\n')
  let depth = Number.POSITIVE_INFINITY
  for (const line of lines) {
    const indent = line.search(/[^ \t]/)
    if (indent >= 0 && indent < depth) depth = indent
  }
  if (depth === 0 || depth === Number.POSITIVE_INFINITY) return { text, indents: lines.map(() => 0) }
  return {
    text: lines.map((line) => line.slice(depth)).join('\n'),
    indents: lines.map((line) => Math.min(depth, line.length)),
  }
}
