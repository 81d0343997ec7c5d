/** What a run has looked at: approvals of anything else are none of its business. */
export interface Scope {
  mesh: string
  /** Names of configs. */
  configs: ReadonlySet<string>
  /** Whether these are all that there are, so that a star stands for no other. */
  isEveryConfig: boolean
  /** As ids have them: `nft`, or `nft-legacy`. */
  backends: ReadonlySet<string>
  isEveryBackend: boolean
  families: ReadonlySet<string>
  isEveryFamily: boolean
  /** Whether witnesses were looked for, and whether all of the suite's scenarios were sent. */
  witnesses: boolean
  suite: boolean
}

/** How many parts an id has at least. */
const fewestParts = 6

/**
 * Whether a run would have met every change that an approval's glob may cover, so that an approval that has covered
 * none is stale.
 * @param ids `MESH/witness/CONFIG/FLOW/BACKEND/FAMILY`, or `MESH/FILE/SCENARIO/FLOW/BACKEND/FAMILY` of the suite.
 */
export function isLookedAt(ids: string, scope: Scope): boolean {
  const parts = ids.split('/')
  // It can cover nothing at all.
  if (!ids.includes('**') && parts.length < fewestParts) return true
  const deep = parts.findIndex((part) => part.includes('**'))
  const last = parts.findLastIndex((part) => part.includes('**'))
  /** From the front, or with a negative number from the back; a part behind `**` may be any. */
  const at = (index: number): string =>
    (index < 0 ? parts.length + index > last : deep === -1 || index < deep) ? (parts.at(index) ?? '*') : '*'
  const isWithin = (part: string, seen: ReadonlySet<string>, isEvery: boolean): boolean =>
    /[*?]/.test(part) ? isEvery : seen.has(part)
  const [mesh, kind, config, backend, family] = [at(0), at(1), at(2), at(-2), at(-1)]
  const mayBeWitness = /[*?]/.test(kind) || kind === 'witness'
  const maySuite = kind !== 'witness'
  return (
    isWithin(mesh, new Set([scope.mesh]), false) &&
    (!mayBeWitness || (scope.witnesses && isWithin(config, scope.configs, scope.isEveryConfig))) &&
    (!maySuite || scope.suite) &&
    isWithin(backend, new Set([...scope.backends, 'all']), scope.isEveryBackend) &&
    isWithin(family, new Set([...scope.families, 'all']), scope.isEveryFamily)
  )
}
