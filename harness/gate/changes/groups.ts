import { rememberedOf } from '../../core/remembered.ts'
import { type Effect, effects } from './behaviour.ts'
import { causeKey, textLines } from './cause.ts'
import type { Cause, Change } from './change.ts'
import type { GateConfig } from '../compared/config.ts'
import { backendText } from '../compared/sides.ts'

/**
 * One change as people read it: the same flow with the same outcome, under all backends, families and configs where it
 * is so.
 */
export interface Row {
  subject: string
  range?: string
  before: string
  after: string
  /** `nft ipv4`, each once. */
  places: string[]
  /** Each once, the shortest first. */
  configs: GateConfig[]
  changes: Change[]
}

/** Changes of one effect that have one cause. */
export interface Group {
  effect: Effect
  /** That of its first flow. */
  cause: Cause
  /** The plainest flow first. */
  rows: Row[]
  changes: Change[]
}

/** Groups changes by their cause, the worst effect first, and of one effect what struck most first. */
export function groupChanges(changes: readonly Change[]): Group[] {
  const rankOf = ranks(changes)
  const byCause = Map.groupBy(changes, (change) =>
    change.rules === undefined
      ? [change.effect, causeKey(change.cause), rankOf(change)].join('\n')
      : [change.effect, change.rules, change.rules === 'family' ? change.family : ''].join('\n'),
  )
  const groups = [...byCause.values()].flatMap((own): Group[] => {
    const rows = rowsOf(own)
    const first = rows[0]?.changes[0]
    return first === undefined ? [] : [{ effect: first.effect, cause: first.cause, rows, changes: own }]
  })
  return groups.sort(
    (a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect) || b.changes.length - a.changes.length,
  )
}

/** In one config, causes with the same key that have other texts are several: that of one port, and that of another. */
function ranks(changes: readonly Change[]): (change: Change) => number {
  const texts = new Map<string, string[]>()
  const placeOf = ({ config, family, cause }: Change): string => [config.name, family, causeKey(cause)].join('\n')
  for (const change of changes) {
    const known = texts.get(placeOf(change)) ?? []
    texts.set(placeOf(change), known)
    const text = textLines(change.cause.text).join('\n')
    if (!known.includes(text)) known.push(text)
  }
  for (const known of texts.values()) known.sort()
  return (change) => texts.get(placeOf(change))?.indexOf(textLines(change.cause.text).join('\n')) ?? 0
}

function rowsOf(changes: readonly Change[]): Row[] {
  const byWords = Map.groupBy(changes, (change) => [subjectOf(change), change.before, change.after].join('\n'))
  const rows = [...byWords.values()].flatMap((unsorted): Row[] => {
    const own = unsorted.toSorted((a, b) => oddityOf(a) - oddityOf(b) || (a.id < b.id ? -1 : 1))
    const [first] = own
    if (first === undefined) return []
    const { range, before, after } = first
    const places = own.map(({ backends, family, rules }) =>
      rules !== undefined ? '' : `${backendText(backends)} ${family}`,
    )
    return [
      {
        subject: subjectOf(first),
        before,
        after,
        ...(range !== undefined && { range }),
        places: [...new Set(places)].filter(Boolean).sort(),
        configs: configsOf(own),
        changes: own,
      },
    ]
  })
  return rows.sort((a, b) => oddityOf(a.changes[0]) - oddityOf(b.changes[0]) || b.changes.length - a.changes.length)
}

/** Under whichever config they are made. */
const subjectOf = ({ rules, subject }: Change): string => (rules === undefined ? subject : 'the rules')

/** Under which configs, the shortest first. */
export function configsOf(changes: readonly Change[]): GateConfig[] {
  const configs = [...new Map(changes.map(({ config }) => [config.name, config])).values()]
  return configs.sort((a, b) => sizeOf(a) - sizeOf(b) || (a.name < b.name ? -1 : 1))
}

const sizeOf = rememberedOf(({ config, podAnnotations }: GateConfig) => JSON.stringify([config, podAnnotations]).length)

const oddityOf = (change: Change | undefined): number => change?.flow?.oddity ?? 0
