import type { ModuleSpec } from './modules.ts'
import { orderOf } from './rule-options.ts'
import type { Match } from './tree.ts'
import { type Word, wrongWord } from './words.ts'

/** Holds a module's conditions against each other once all of them are read. @throws HarnessError (`input`) */
export function finishMatch(match: Match, spec: ModuleSpec | undefined, at: Word, protocol: number | undefined): void {
  if (spec === undefined) return
  const complaint = spec.check?.(match, protocol)
  if (complaint !== undefined) throw wrongWord(at, `-m ${match.module} ${complaint}`)
  match.conditions.sort((a, b) => orderOf(a, spec.options) - orderOf(b, spec.options))
  const groups = match.conditions.findIndex(({ option }) => option === '--suppl-groups')
  const gid = match.conditions.find(({ option }) => option === '--gid-owner')
  if (groups < 0) return
  if (gid?.kind !== 'owner' && gid?.kind !== 'owner-name') throw wrongWord(at, '--suppl-groups needs --gid-owner')
  gid.supplementary = true
  match.conditions.splice(groups, 1)
}
