import { type Effect, effects } from './behaviour.ts'
import { causeKey } from './cause.ts'
import type { Cause, Change } from './change.ts'
import { backendText } from './sides.ts'

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
  /** Names of configs. */
  configs: string[]
  changes: Change[]
}

/** Changes of one effect that have one cause. */
export interface Group {
  effect: Effect
  cause: Cause
  rows: Row[]
  changes: Change[]
}

/** Groups changes by their cause, the worst effect first, and of one effect what struck most first. */
export function groupChanges(changes: readonly Change[]): Group[] {
  const byCause = Map.groupBy(changes, (change) =>
    [change.effect, change.outcomes === undefined ? change.subject : '', causeKey(change.cause)].join('\n'),
  )
  const groups = [...byCause.values()].flatMap((own): Group[] => {
    const [first] = own
    return first === undefined ? [] : [{ effect: first.effect, cause: first.cause, rows: rowsOf(own), changes: own }]
  })
  return groups.sort(
    (a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect) || b.changes.length - a.changes.length,
  )
}

function rowsOf(changes: readonly Change[]): Row[] {
  const byWords = Map.groupBy(changes, ({ subject, before, after }) => [subject, before, after].join('\n'))
  const rows = [...byWords.values()].flatMap((own): Row[] => {
    const [first] = own
    if (first === undefined) return []
    const { subject, range, before, after } = first
    return [
      {
        ...{ subject, before, after },
        ...(range !== undefined && { range }),
        places: unique(
          own.map(({ backends, family, outcomes }) =>
            outcomes === undefined ? '' : `${backendText(backends)} ${family}`,
          ),
        ).filter(Boolean),
        configs: unique(own.map(({ config }) => config.name)),
        changes: own,
      },
    ]
  })
  return rows.sort((a, b) => b.changes.length - a.changes.length)
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort()
