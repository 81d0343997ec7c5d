import type * as Yaml from 'yaml'
import * as v from 'valibot'
import { inputIssues, type Issue } from '../core/errors.ts'
import { problemsOf } from './fields.ts'
import { yaml } from './yaml.ts'

/** One entry of a list that people write, and where it stands. */
export type Entry<T> = T & { line: number }

/**
 * Reads a YAML file that is one list of entries; an empty file is an empty list.
 * @param file its absolute path, for messages.
 * @throws HarnessError (`input`) with all that is wrong with it, each at its line.
 */
export function readYamlList<S extends v.GenericSchema>(
  file: string,
  text: string,
  schema: S,
): Entry<v.InferOutput<S>>[] {
  const { LineCounter, isMap, isSeq, parseDocument } = yaml()
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineOf = (node: unknown): number => {
    const { range } = (node ?? {}) as { range?: readonly number[] }
    return range === undefined ? 1 : lines.linePos(range[0] ?? 0).line
  }
  const unread = document.errors.map(
    ({ code, message, pos }): Issue => ({
      file,
      line: lines.linePos(pos[0]).line,
      what: code === 'MULTIPLE_DOCS' ? 'another document begins here, and one list is all that is read' : message,
    }),
  )
  if (unread.length > 0) throw inputIssues(unread)
  const { contents } = document
  if (contents === null || (contents as { value?: unknown }).value === null) return []
  if (!isSeq(contents))
    throw inputIssues([{ file, line: lineOf(contents), what: 'is no list', hint: "begin each entry with '- '" }])
  const issues: Issue[] = []
  const entries = contents.items.flatMap((item): Entry<v.InferOutput<S>>[] => {
    const value: unknown = (item as Yaml.Node).toJS(document)
    const problems = problemsOf(schema, value)
    for (const what of problems) {
      const field = /^(\w+):/.exec(what)?.[1]
      const pair = isMap(item) ? item.items.find(({ key }) => String(key) === field) : undefined
      issues.push({ file, line: lineOf(pair?.key ?? item), what })
    }
    return problems.length > 0
      ? []
      : [{ ...(v.parse(schema, value) as object), line: lineOf(item) } as Entry<v.InferOutput<S>>]
  })
  if (issues.length > 0) throw inputIssues(issues)
  return entries
}
