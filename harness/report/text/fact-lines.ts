import type { Fact } from '../describing/failure-facts.ts'
import type { Paint } from '../writing/paint.ts'
import { printable } from '../writing/printable.ts'
import { wrap } from '../writing/wrap.ts'

/** Names in a column of their own, texts beside them. */
export function factLines(facts: readonly Fact[], paint: Paint, columns?: number): string[] {
  const width = Math.max(...facts.map(({ name }) => name.length))
  return facts.flatMap(({ name, text, isVerbatim }) => {
    const indent = width + 4
    const lines = printable(text.trimEnd())
      .split('\n')
      .flatMap((line) =>
        isVerbatim ? [line] : wrap(line, columns === undefined ? undefined : columns - indent, 0).split('\n'),
      )
    return lines.map((line, index) => `  ${paint('dim', (index === 0 ? name : '').padEnd(width))}  ${line}`)
  })
}
