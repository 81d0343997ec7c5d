import type { Family } from '../../core/address.ts'
import { inputError } from '../../core/errors.ts'
import { plural } from '../../core/plural.ts'
import type { Unit } from './units.ts'

/** A part of a payload, and the family of its rules. */
export type ToldUnit = Unit & { told: readonly Family[] }

/** Which of several snapshots of a table count, and what the output says of that. */
export interface Chosen {
  units: readonly ToldUnit[]
  notes: string[]
}

/**
 * Leaves one snapshot of each table. If a text holds a table twice, it was saved twice: the two are not added up. Parts
 * that are no snapshot are changes, as a payload for `iptables-restore --noflush` may have several: they belong to the
 * snapshot above.
 * @param number which, from 1; by default the last. A table with fewer has its last.
 * @throws HarnessError (`input`) if no table has so many.
 */
export function chooseSnapshots(units: readonly ToldUnit[], number: number | undefined): Chosen {
  const histories = new Map<string, ToldUnit[][]>()
  for (const unit of units) {
    const key = `${unit.told.join()} ${unit.table}`
    const history = histories.get(key) ?? []
    if (unit.replaces) history.splice(-1, 1, [unit])
    else if (unit.isSnapshot || history.length === 0) history.push([unit])
    else history.at(-1)?.push(unit)
    // Changes that stand above the first snapshot are in it.
    histories.set(key, history.length === 2 && history[0]?.[0]?.isSnapshot === false ? history.slice(1) : history)
  }
  const all = [...histories.values()]
  const most = all.reduce((longest, history) => Math.max(longest, history.length), 1)
  if (number !== undefined && number > most)
    throw inputError(
      '--snapshot',
      most === 1 ? 'the text has one snapshot' : `the text has ${most} snapshots, none is number ${number}`,
    )
  const kept = new Set(all.flatMap((history) => history[Math.min(number ?? history.length, history.length) - 1] ?? []))
  const left = units.filter((unit) => !kept.has(unit) && unit.command !== undefined).length
  return {
    units: units.filter((unit) => kept.has(unit)),
    notes: [
      ...(most === 1 ? [] : [describe(all, number)]),
      ...(left === 0
        ? []
        : [`left out: ${left === 1 ? 'a command' : `${left} commands`} of which a save shows what came of it`]),
    ],
  }
}

function describe(histories: readonly (readonly (readonly ToldUnit[])[])[], number: number | undefined): string {
  const isOneFamily = new Set(histories.flat(2).map(({ told }) => told.join())).size === 1
  const counts = histories.map((history) => {
    const [unit] = history[0] ?? []
    return { count: history.length, table: `${isOneFamily ? '' : `${unit?.told.join(' and ')} `}${unit?.table}` }
  })
  const sorted = counts.toSorted((a, b) => b.count - a.count)
  const parts = [...new Set(sorted.map(({ count }) => count))].map((count) => {
    const tables = sorted.filter((other) => other.count === count).map(({ table }) => table)
    return `${plural(count, 'snapshot')} of ${tables.join(' and ')}`
  })
  const backends = new Set(histories.flat(2).flatMap(({ isSnapshot, backend }) => (isSnapshot ? [backend] : [])))
  const mixed = backends.size > 1 ? ', of both backends' : ''
  const which = number === undefined ? 'the last is read, --snapshot N chooses' : `number ${number} is read`
  return `${parts.join(', ')}${mixed}; ${which}`
}
