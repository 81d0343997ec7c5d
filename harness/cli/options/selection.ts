import { inputError } from '../../core/errors.ts'
import type { Selection } from '../../run/checks/options.ts'
import type { Report } from '../../report/reading/read-report.ts'
import { readText } from '../../sys/files/read-text.ts'
import { fromCaller } from '../command/caller.ts'
import { largestReport } from './largest-report.ts'
import { optional, regularExpression, repeatable } from '../command/option.ts'
import { isBad } from '../../run/checks/check.ts'

/** Which checks of the scenarios run. */
export const selectionOptions = {
  grep: optional('RE', 'only checks whose id matches, or whose scenario has a title that does', regularExpression),
  tag: repeatable('TAG', 'only scenarios with this tag', (text) => text),
  'last-failed': optional('REPORT', 'only checks that failed, or could not be judged, in a JSON report'),
  durations: optional('REPORT', 'with --shard, a JSON report whose measured times make shards that take about as long'),
}

interface Values {
  grep: RegExp | undefined
  tag: readonly string[]
  'last-failed': string | undefined
  durations: string | undefined
  shard: { index: number; count: number } | undefined
}

/**
 * What arguments and options select. An argument that has a check's form, and is no file, is the id of one.
 * @returns the other arguments as `names`.
 * @throws HarnessError (`input`) if a report cannot be read, or has nothing that failed.
 */
export async function readSelection(
  positionals: readonly string[],
  { grep, tag, 'last-failed': lastFailed, durations, shard }: Values,
): Promise<Pick<Selection, 'grep' | 'tags' | 'ids' | 'durations'> & { names: readonly string[] }> {
  if (durations !== undefined && shard === undefined)
    throw inputError('--durations', 'nothing is divided', 'add --shard I/N')
  const failed = lastFailed === undefined ? undefined : failedIn(await read(lastFailed))
  const given = positionals.filter((name) => isId(name))
  const ids = given.length === 0 ? failed : new Set(failed === undefined ? given : given.filter((id) => failed.has(id)))
  return {
    names: positionals.filter((name) => !isId(name)),
    ...(grep && { grep }),
    ...(tag.length > 0 && { tags: tag }),
    ...(ids && { ids }),
    ...(durations !== undefined && { durations: timesIn(await read(durations)) }),
  }
}

/** `MESH/FILE/SCENARIO/FLOW/BACKEND/FAMILY[/IMAGE]` */
export const isId = (text: string): boolean =>
  /^[^/]+\/[^/]+\/[^/]+\/.+\/(?:nft|legacy)\/ipv[46](?:\/[^/]+)?$/.test(text)

async function read(name: string): Promise<Report> {
  const { readReport } = await import('../../report/reading/read-report.ts')
  return readReport(name, readText(fromCaller(name), name, { largest: largestReport }), fromCaller)
}

function failedIn({ name, results }: Report): ReadonlySet<string> {
  const failed = results.filter(isBad).map(({ check }) => check.id)
  if (failed.length === 0) throw inputError(name, 'no check failed there', 'leave --last-failed out')
  return new Set(failed)
}

/** A check that ran several times took as long as all of them. */
function timesIn({ results }: Report): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const { check, durationMs } of results) times.set(check.id, (times.get(check.id) ?? 0) + durationMs)
  return times
}
