import { optionFor } from '../mesh/partial-capture.ts'
import type { Subject } from './subject.ts'

/** The options of the mesh by which its rules capture only such parts, if it has one for each; its chains show the rules. */
export function documented(
  { profile, chains, rulesets, families }: Subject,
  direction: 'outbound' | 'inbound',
  by: readonly string[],
): string | undefined {
  const isIts = families.some((family) =>
    [...rulesets[family].tables.values()].some((table) =>
      [...table.chains.keys()].some((chain) => chains.some((begin) => chain.startsWith(begin))),
    ),
  )
  const options = by.map((each) => optionFor(profile.mesh, direction, each))
  return isIts && options.every((option) => option !== undefined) ? options.join(' and ') : undefined
}
