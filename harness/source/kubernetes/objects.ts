import { inputError } from '../../core/errors.ts'
import { plainDataProblem } from '../../core/plain-data.ts'
import { yaml } from '../../input/yaml.ts'
import type { Line } from '../capture/text/line.ts'

/** A Kubernetes object of a text, and the lines of the file that it stands in, from 1, both included. */
export interface KubernetesObject {
  value: Readonly<Record<string, unknown>>
  first: number
  last: number
}

const mostAliases = 100
/** What YAML or JSON of an object begins with. */
const root = /^(?:[ \t]*[{[]|---|"?[A-Za-z][\w.-]*"?[ \t]*:(?:[ \t]|$))/
/** What stands around it: a fence, a prompt with a command, a comment. */
const around = /^[ \t]*(?:```|~~~)|^[\w.@~:/[\]-]*[$#%❯➜][ \t]+\S|^(?:#|[ \t]*$)/

/**
 * The Kubernetes objects of a text in YAML or JSON, one by one: those of a `List` are its items.
 * @param name what the text is called in messages.
 * @throws HarnessError (`input`) with the line at which it is no YAML, or is none of objects.
 */
export function readObjects(lines: readonly Line[], name: string): KubernetesObject[] {
  return stretches(lines).flatMap((stretch) => documentsOf(stretch, name))
}

/** From a line that may begin an object to a fence, a prompt or the end. */
function stretches(lines: readonly Line[]): Line[][] {
  const all: Line[][] = []
  let current: Line[] | undefined
  for (const line of lines) {
    const isAround = around.test(line.text)
    if (current === undefined) {
      if (isAround || !root.test(line.text)) continue
      current = [line]
      all.push(current)
    } else if (isAround && !/^(?:#|[ \t]*$)/.test(line.text)) current = undefined
    else current.push(line)
  }
  return all
}

function documentsOf(stretch: readonly Line[], name: string): KubernetesObject[] {
  const source = stretch.map(({ text }) => text).join('\n')
  const counter = new (yaml().LineCounter)()
  const lineAt = (offset: number): number => stretch[counter.linePos(offset).line - 1]?.number ?? 1
  try {
    const documents = yaml().parseAllDocuments(source, {
      lineCounter: counter,
      prettyErrors: false,
      logLevel: 'silent',
    })
    return (Array.isArray(documents) ? documents : []).flatMap((document) => {
      const [wrong] = document.errors
      if (wrong !== undefined)
        throw inputError(
          `${name}:${lineAt(wrong.pos[0])}`,
          `is neither YAML nor JSON: ${wrong.message.split('\n', 1)[0]}`,
          'paste it whole, as kubectl get … -o yaml prints it',
        )
      const node = document.contents as { range?: readonly number[] | null; items?: unknown } | null
      const value: unknown = document.toJS({ maxAliasCount: mostAliases })
      const [start = 0, end = source.length] = node?.range ?? []
      const problem = plainDataProblem(value)
      if (problem !== undefined) throw inputError(`${name}:${lineAt(start)}`, problem)
      return expanded(value, { first: lineAt(start), last: lineAt(Math.max(start, end - 1)) }, itemLines(node, lineAt))
    })
  } catch (thrown) {
    // Where it is too deep yaml runs out of stack (RangeError); too many aliases are a ReferenceError.
    if (!(thrown instanceof RangeError || thrown instanceof ReferenceError)) throw thrown
    throw inputError(`${name}:${stretch[0]?.number ?? 1}`, 'is nested too deep to be read, or has too many aliases')
  }
}

type Places = Pick<KubernetesObject, 'first' | 'last'>

/** Where the items of a list stand. */
function itemLines(node: unknown, lineAt: (offset: number) => number): Places[] {
  const { isMap, isSeq } = yaml()
  const items = isMap(node) ? node.get('items', true) : node
  if (!isSeq(items)) return []
  return items.items.map((item) => {
    const [start = 0, end = 0] = (item as { range?: readonly number[] }).range ?? []
    return { first: lineAt(start), last: lineAt(Math.max(start, end - 1)) }
  })
}

function expanded(value: unknown, places: Places, items: readonly Places[]): KubernetesObject[] {
  const list = Array.isArray(value)
    ? value
    : isRecord(value) && Array.isArray(value['items'])
      ? value['items']
      : undefined
  if (list !== undefined)
    return list.flatMap((item, index) => (isRecord(item) ? [{ value: item, ...(items[index] ?? places) }] : []))
  return isRecord(value) ? [{ value, ...places }] : []
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A field of a field of an object; undefined where one of them is missing. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((found, name) => (isRecord(found) ? found[name] : undefined), value)
