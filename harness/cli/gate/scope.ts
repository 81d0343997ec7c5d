import { type Family, families as allFamilies } from '../../core/address.ts'
import { backends } from '../../flow/backend.ts'
import type { Scope } from '../../gate/compared/scope.ts'
import { type BackendPair, backendText } from '../../gate/compared/sides.ts'
import type { ChosenConfigs } from './configs.ts'

interface Choice {
  config: string | undefined
  flows: 'all' | 'suite' | 'witnesses'
  without: readonly unknown[]
}

interface Looked {
  mesh: string
  chosen: ChosenConfigs
  pairs: readonly BackendPair[]
  families: readonly Family[]
  isSuiteSent: boolean
}

/** What a call looks at, of all that approvals may speak of. One config, or generated ones, are never all of them. */
export function scopeOf(
  { config, flows, without }: Choice,
  { mesh, chosen, pairs, families, isSuiteSent }: Looked,
): Scope {
  const isWhole = without.length === 0
  return {
    mesh,
    configs: new Set(chosen.configs.map(({ name }) => name)),
    isEveryConfig: isWhole && config === undefined && chosen.generated === undefined,
    backends: new Set(pairs.map(backendText)),
    isEveryBackend: pairs.length === backends.length,
    families: new Set(families),
    isEveryFamily: families.length === allFamilies.length,
    witnesses: flows !== 'suite',
    suite: isSuiteSent && isWhole,
  }
}
