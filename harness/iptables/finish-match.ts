import type { Around, ModuleSpec } from './extensions/option.ts'
import { finishOptions } from './own-options.ts'
import { orderOf } from './print-order.ts'
import type { Match } from './tree.ts'
import { type Word, wrongWord } from './words.ts'

/** Holds a module's conditions against each other once all of them are read. @throws HarnessError (`input`) */
export function finishMatch(match: Match, spec: ModuleSpec, at: Word, around: Around): void {
  const { module, conditions } = match
  const complaint = finishOptions(spec.options, (name) => conditions.some(({ option }) => option === name)) ?? spec.check?.(match, around)
  if (complaint !== undefined) throw wrongWord(at, `-m ${module} ${complaint}`)
  const isRepeated = spec.options.some(({ repeatable }) => repeatable)
  if (!isRepeated) conditions.sort((a, b) => orderOf(a, spec.options) - orderOf(b, spec.options))
  const groups = conditions.findIndex(({ option }) => option === '--suppl-groups')
  if (module !== 'owner' || groups < 0) return
  const gid = conditions.find((condition) => condition.option === '--gid-owner')
  if (gid?.kind === 'owner' || gid?.kind === 'owner-name') gid.supplementary = true
  conditions.splice(groups, 1)
}
