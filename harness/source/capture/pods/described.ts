import { cut, indentationOf, type Line } from '../text/line.ts'
import { indentedAgain } from './indented-again.ts'
import { type Argument, type Container, partOf, type Pod } from './pod.ts'

const heading = /^[ \t]*(Init )?Containers:[ \t]*$/

/** What `kubectl describe pod` says of init containers, and of others that make rules. */
export function describedPods(written: readonly Line[]): Pod[] {
  const lines = written.some(({ text }) => heading.test(text)) ? indentedAgain(written) : written
  const pods: Pod[] = []
  for (let index = 0; index < lines.length; index += 1) {
    const [found, init] = heading.exec(lines[index]?.text ?? '') ?? []
    if (found === undefined) continue
    const end = blockEnd(lines, index)
    const [first, last] = [lines[index]?.number ?? 1, lines[end - 1]?.number ?? 1]
    const all = containersIn(lines, index + 1, end)
    const before = pods.at(-1)
    // Of those that stay it does not matter here how they ended.
    const containers = init ? all : all.flatMap(({ ended: _, ...own }) => (partOf(own) === undefined ? [] : [own]))
    if (init) pods.push({ first, last, containers })
    else if (containers.length > 0 && before?.last === first - 1)
      pods.splice(-1, 1, { first: before.first, last, containers: [...before.containers, ...containers] })
    else if (containers.length > 0) pods.push({ first, last, containers })
    index = end - 1
  }
  return pods
}

function containersIn(lines: readonly Line[], first: number, end: number): Container[] {
  const containers: Container[] = []
  for (let index = first; index < end; ) {
    const own = blockEnd(lines, index, end)
    const [, name] = /^\s*(\S+):\s*$/.exec(lines[index]?.text ?? '') ?? []
    if (name !== undefined) containers.push(containerIn(lines, name, index + 1, own))
    index = own
  }
  return containers
}

function containerIn(lines: readonly Line[], name: string, first: number, end: number): Container {
  const argv: { Command: Argument[]; Args: Argument[] } = { Command: [], Args: [] }
  const environment = new Map<string, string>()
  let image: string | undefined
  let ended: Container['ended']
  let state = ''
  for (let index = first; index < end; ) {
    const own = blockEnd(lines, index, end)
    const [, field, value] = /^\s*([A-Z][\w ]*?):\s*(.*)$/.exec(lines[index]?.text ?? '') ?? []
    if (field === 'Image') image = value
    if (field === 'State' && value !== undefined) state = value
    // Of one that waits to be started again, the last time counts.
    if (value === 'Terminated' && (field === 'State' || (field === 'Last State' && state === 'Waiting')))
      ended = endIn(lines.slice(index + 1, own))
    if (field === 'Command' || field === 'Args') argv[field] = argumentsIn(lines.slice(index + 1, own))
    if (field === 'Environment')
      for (const { text } of lines.slice(index + 1, own)) {
        const [, variable, set] = /^\s*([A-Za-z_]\w*):\s*(.*)$/.exec(text) ?? []
        if (variable !== undefined && set !== undefined && !/^\(v1:|^<set to /.test(set)) environment.set(variable, set)
      }
    index = own
  }
  return { name, argv: [...argv.Command, ...argv.Args], environment, ...(image && { image }), ...(ended && { ended }) }
}

function endIn(lines: readonly Line[]): Container['ended'] {
  const field = (name: string): string | undefined =>
    lines.flatMap(({ text }) => new RegExp(`^\\s*${name}:\\s*(\\S+)`).exec(text)?.[1] ?? [])[0]
  const [exitCode, reason = ''] = [field('Exit Code'), field('Reason')]
  return exitCode === undefined || !/^\d{1,3}$/.test(exitCode) ? undefined : { exitCode: Number(exitCode), reason }
}

/** Words are printed one a line, but a word may span lines; the two look the same, so each line counts as a word. */
function argumentsIn(lines: readonly Line[]): Argument[] {
  const filled = lines.filter(({ text }) => text.trim() !== '')
  const depth = filled.reduce((least, { text }) => Math.min(least, indentationOf(text)), Number.POSITIVE_INFINITY)
  return lines.map((line) => {
    const own = cut(line, Math.min(Number.isFinite(depth) ? depth : 0, line.text.length))
    return { text: own.text.trim(), lines: [own] }
  })
}

/** The first line behind another that is not indented deeper. */
function blockEnd(lines: readonly Line[], start: number, most = lines.length): number {
  const depth = indentationOf(lines[start]?.text ?? '')
  for (let index = start + 1; index < most; index += 1) {
    const text = lines[index]?.text ?? ''
    if (text.trim() !== '' && indentationOf(text) <= depth) return index
  }
  return most
}
