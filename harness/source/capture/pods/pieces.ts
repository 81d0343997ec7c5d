import type { Line } from '../text/line.ts'
import { peel } from '../text/peel.ts'
import { describedPods } from './described.ts'
import { manifestPods } from './manifest.ts'
import { type Part, partsOf, type Pod } from './pod.ts'
import { inputError } from '../../../core/errors.ts'

/** A text's parts: those of one pod, in the order in which its init containers run, and what stands around. */
export interface Pieces {
  /** Of the pod that is read. */
  parts: readonly Part[]
  lines: readonly Line[]
  notes: string[]
  /** The number that was asked for has chosen a pod. */
  hasChosen: boolean
  /** Where a pod stands that has no rules. */
  without?: number
}

/**
 * Finds the pods that a text describes. Of several, one is read, with what stands behind it: they are in namespaces of
 * their own.
 * @param number which, from 1; by default the last. @throws HarnessError (`input`) if there are not so many.
 */
export function piecesOf(written: readonly Line[], number: number | undefined): Pieces {
  const lines = written.some(({ text }) => /Containers:|\b(?:initC|c)ontainers\b/.test(text))
    ? written.map(withoutOuter)
    : written
  const pods = podsOf(lines)
  const withRules = pods.flatMap((pod) => {
    const parts = partsOf(pod)
    return parts.length === 0 ? [] : [{ pod, parts }]
  })
  const outside = lines.filter((line) => !pods.some(({ first, last }) => line.number >= first && line.number <= last))
  const [first] = pods
  if (withRules.length === 0)
    return { parts: [], lines: outside, notes: [], hasChosen: false, ...(first && { without: first.first }) }
  if (withRules.length === 1) return { parts: withRules[0]?.parts ?? [], lines: outside, notes: [], hasChosen: false }
  if (number !== undefined && number > withRules.length)
    throw inputError('--snapshot', `the text has ${withRules.length} pods with rules, none is number ${number}`)
  const index = (number ?? withRules.length) - 1
  const chosen = withRules[index]
  const end = withRules[index + 1]?.pod.first ?? Number.POSITIVE_INFINITY
  const which = number === undefined ? 'the last is read, --snapshot N chooses' : `number ${number} is read`
  return {
    parts: chosen?.parts ?? [],
    lines: outside.filter((line) => line.number > (chosen?.pod.last ?? 0) && line.number < end),
    notes: [`${withRules.length} pods with rules; ${which}`],
    hasChosen: true,
  }
}

/** A description may stand in a quotation, a box or a log as anything else. */
function withoutOuter(line: Line): Line {
  const { outer, layers } = peel(line)
  return layers.some((layer) => layer === 'quotes' || layer === 'boxes' || layer === 'logs') ? outer : line
}

/** What a manifest of a pod begins with. */
const root = /^(?:[ \t]*[{[]|---|(?:apiVersion|kind|metadata|spec|items|status|template|initContainers):)/
/**
 * A field that a pod's manifest has or a ConfigMap's, what crictl inspect prints of a container, or docker inspect.
 */
const manifest = /\b(?:initContainers|containers|data|runtimeSpec|Entrypoint)["']?\s*:|^\s*\[\s*".*\bip6?tables\b/
const fence = /^[ \t]*(?:```|~~~)/

function podsOf(lines: readonly Line[]): Pod[] {
  const described = describedPods(lines)
  if (!lines.some(({ text }) => manifest.test(text))) return described
  return [...described, ...stretches(lines).flatMap(manifestPods)].sort((a, b) => a.first - b.first)
}

/** Stretches of a text that may be a manifest: from its first line to a fence or the end. */
function stretches(lines: readonly Line[]): Line[][] {
  const all: Line[][] = []
  let current: Line[] | undefined
  for (const line of lines) {
    if (fence.test(line.text) || /^[\w.@~:/[\]-]*[$#] /.test(line.text)) current = undefined
    else if (current !== undefined) current.push(line)
    else if (root.test(line.text)) {
      current = [line]
      all.push(current)
    }
  }
  return all.filter((stretch) => stretch.some(({ text }) => manifest.test(text)))
}
