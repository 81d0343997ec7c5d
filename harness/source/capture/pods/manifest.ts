import type { Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { inputError } from '../../../core/errors.ts'
import { yaml } from '../../../input/yaml.ts'
import type { Line } from '../text/line.ts'
import { kindOf } from '../text/kinds.ts'
import { type Argument, type Container, partOf, type Pod } from './pod.ts'
import { place } from '../../../iptables/words/place.ts'

/** Characters of a manifest that are read: a pod's is some 20,000 long. */
const longest = 2_000_000

/**
 * The pods of a manifest: YAML, or JSON, which is YAML too.
 * @param lines one stretch of a text, in which `initContainers` stands.
 * @throws HarnessError (`input`) if it is too long, or nested too deep.
 */
export function manifestPods(lines: readonly Line[]): Pod[] {
  const source = lines.map(({ text }) => text).join('\n')
  const [first] = lines
  if (source.length > longest)
    throw inputError(place(first?.number ?? 1), `a manifest of ${source.length} characters is not read; ${longest} are`)
  const starts = [0]
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  const text: Text = { source, lines, starts }
  try {
    const documents = yaml().parseAllDocuments(source, { uniqueKeys: false, logLevel: 'silent' })
    return Array.isArray(documents) ? documents.flatMap(({ contents }) => podsIn(contents, text, 0)) : []
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    throw inputError(place(first?.number ?? 1), 'the manifest is nested too deep to be read')
  }
}

interface Text {
  source: string
  lines: readonly Line[]
  /** Where each line begins. */
  starts: readonly number[]
}

function podsIn(node: unknown, text: Text, depth: number): Pod[] {
  if (depth > 60) return []
  if (isSeq(node)) {
    const words = node.items.filter(isScalar)
    // A container's arguments alone, as `-o jsonpath` prints them.
    if (depth === 0 && words.length === node.items.length && words.length > 0)
      return [
        {
          first: lineAt(text, node.range?.[0] ?? 0),
          last: lineAt(text, Math.max(0, (node.range?.[1] ?? 1) - 1)),
          containers: [{ name: '', argv: words.map((word) => argumentOf(word, text)), environment: new Map() }],
        },
      ]
    return node.items.flatMap((item) => podsIn(item, text, depth + 1))
  }
  if (!isMap(node)) return []
  const inspected = inspectedOf(node, text)
  if (inspected !== undefined) return [inspected]
  const own = podOf(node, text) ?? filesOf(node, text)
  return [...(own === undefined ? [] : [own]), ...node.items.flatMap((pair) => podsIn(pair.value, text, depth + 1))]
}

/** A pod's init containers, and those that stay and make rules. */
function podOf(node: YAMLMap, text: Text): Pod | undefined {
  const [init, others] = ['initContainers', 'containers'].map((name) =>
    node.items.find((pair) => keyOf(pair) === name && isSeq(pair.value)),
  )
  const containersIn = (pair: Pair | undefined): Container[] =>
    isSeq(pair?.value) ? pair.value.items.flatMap((item) => (isMap(item) ? [containerOf(item, text)] : [])) : []
  const making = containersIn(others).filter((container) => partOf(container) !== undefined)
  const pairs = [init, making.length > 0 ? others : undefined].filter((pair) => pair !== undefined)
  return pairs.length === 0 ? undefined : { ...linesOf(pairs, text), containers: [...containersIn(init), ...making] }
}

/** A ConfigMap's texts, where one of them stands in quotation marks: others are read as they stand. */
function filesOf(node: YAMLMap, text: Text): Pod | undefined {
  const data = node.get('data')
  if (!isMap(data)) return undefined
  const pairs = data.items.filter(
    ({ value }) =>
      isScalar(value) &&
      String(value.value).includes('\n') &&
      String(value.value)
        .split('\n')
        .some((line) => ['table', 'command', 'rule'].includes(kindOf(line.trim()))),
  )
  if (!pairs.some(({ value }) => (value as Scalar).type?.startsWith('QUOTE'))) return undefined
  const files = pairs.map((pair) => [
    // Its name may tell the family, as iptables-persistent's files have it.
    ...argumentOf(pair.key as Scalar, text).lines,
    ...argumentOf(pair.value as Scalar, text).lines,
  ])
  return { ...linesOf(pairs, text), containers: [], files }
}

function linesOf(pairs: readonly Pair[], text: Text): Pick<Pod, 'first' | 'last'> {
  const [starts, ends] = [pairs.map(({ key }) => (key as Node).range?.[0] ?? 0), pairs.map(({ value }) => endOf(value))]
  return { first: lineAt(text, Math.min(...starts)), last: lineAt(text, Math.max(0, ...ends)) }
}

const endOf = (value: unknown): number => ((value as Node).range?.[1] ?? 1) - 1

/** A container that `crictl inspect` shows (`info.config`), or `docker inspect` (`Path` and `Args`). */
function inspectedOf(node: YAMLMap, text: Text): Pod | undefined {
  const isCri = node.has('runtimeSpec') && isMap(node.get('config'))
  const isDocker = node.has('Path') && node.has('Args') && isMap(node.get('Config'))
  if (!isCri && !isDocker) return undefined
  const [start = 0, end = 1] = node.range ?? []
  const [first, last] = [lineAt(text, start), lineAt(text, Math.max(start, end - 1))]
  if (isCri) {
    const config = node.get('config') as YAMLMap
    return { first, last, containers: [containerOf(config, text)] }
  }
  const path = node.get('Path', true)
  const args = node.get('Args')
  const words = [...(isScalar(path) ? [path] : []), ...(isSeq(args) ? args.items.filter(isScalar) : [])]
  const container = {
    name: '',
    argv: words.map((word) => argumentOf(word, text)),
    environment: new Map<string, string>(),
  }
  return { first, last, containers: [container] }
}

const isMap = (node: unknown): node is YAMLMap => yaml().isMap(node)
const isSeq = (node: unknown): node is YAMLSeq => yaml().isSeq(node)
const isScalar = (node: unknown): node is Scalar => yaml().isScalar(node)

const keyOf = (pair: Pair): unknown => (isScalar(pair.key) ? pair.key.value : undefined)

function containerOf(map: YAMLMap, text: Text): Container {
  const at = (name: string): unknown => map.items.find((pair) => keyOf(pair) === name)?.value
  const stringOf = (node: unknown): string | undefined =>
    isScalar(node) && typeof node.value === 'string' ? node.value : undefined
  const words = (name: string): Argument[] => {
    const list = at(name)
    return isSeq(list) ? list.items.flatMap((item) => (isScalar(item) ? [argumentOf(item, text)] : [])) : []
  }
  const environment = new Map<string, string>()
  const list = at('env')
  for (const item of isSeq(list) ? list.items : []) {
    if (!isMap(item)) continue
    const variable = stringOf(item.get('name', true))
    const value: unknown = item.get('value')
    if (variable !== undefined && value !== undefined && value !== null) environment.set(variable, String(value))
  }
  const image = stringOf(at('image'))
  return {
    name: stringOf(at('name')) ?? '',
    argv: [...words('command'), ...words('args')],
    environment,
    ...(image && { image }),
  }
}

function lineAt({ starts, lines }: Text, offset: number): number {
  return lines[rowAt(starts, offset)]?.number ?? 1
}

function rowAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

/** A scalar's value, line by line, each character where it stands in the file. */
function argumentOf(scalar: Scalar, text: Text): Argument {
  const value =
    scalar.source !== undefined && typeof scalar.value !== 'string' ? scalar.source : String(scalar.value ?? '')
  const start = scalar.range?.[0] ?? 0
  const offsets = offsetsOf(value, scalar, text, start)
  const rows: Line[] = []
  let from = 0
  for (const own of value.split('\n')) {
    const at = offsets[from] ?? offsets.at(-1) ?? start
    const row = rowAt(text.starts, at)
    const line = text.lines[row]
    const columns = Array.from(
      { length: own.length },
      (_, index) => (offsets[from + index] ?? at) - (text.starts[row] ?? 0) + 1,
    )
    rows.push({
      text: own,
      number: line?.number ?? 1,
      shifts: [],
      columns: columns.length > 0 ? columns : [at - (text.starts[row] ?? 0) + 1],
    })
    from += own.length + 1
  }
  while (rows.length > 1 && rows.at(-1)?.text === '') rows.pop()
  return { text: value, lines: rows }
}

/** Where each character of a value stands in the source. */
function offsetsOf(value: string, scalar: Scalar, { source }: Text, start: number): number[] {
  const end = scalar.range?.[1] ?? source.length
  const offsets: number[] = []
  let at = start
  const isBlock = scalar.type === 'BLOCK_LITERAL' || scalar.type === 'BLOCK_FOLDED'
  if (isBlock) at = source.indexOf('\n', start) + 1
  else if (scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE') at += 1
  for (const character of value) {
    // Indentation, folds and escapes stand between; a character is looked for from where the last one was.
    if (scalar.type === 'QUOTE_DOUBLE' && source[at] === '\\') {
      offsets.push(at)
      at += source[at + 1] === 'u' ? 6 : source[at + 1] === 'x' ? 4 : 2
      continue
    }
    const wanted =
      character === ' ' && isBlock
        ? at
        : source.indexOf(character === '\n' || character === ' ' ? (source[at] ?? '') : character, at)
    const found = wanted >= 0 && wanted < end ? wanted : at
    for (let unit = 0; unit < character.length; unit += 1) offsets.push(found + unit)
    at = found + character.length
    if (isBlock && character === '\n') at = skipBlanks(source, at, value, offsets.length)
  }
  return offsets
}

/** Over the indentation that the block takes away, but not over what the value itself begins with. */
function skipBlanks(source: string, from: number, value: string, index: number): number {
  let own = 0
  while (value[index + own] === ' ') own += 1
  let blanks = 0
  while (source[from + blanks] === ' ') blanks += 1
  return from + Math.max(0, blanks - own)
}
