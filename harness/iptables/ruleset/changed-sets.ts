import type { Tree } from '../syntax/tree.ts'

type Change = 'adds' | 'takes'

/** What `-j SET` does to sets as packets pass, by their names. */
export function changedSets({ tables }: Tree): ReadonlyMap<string, ReadonlySet<Change>> {
  const changed = new Map<string, Set<Change>>()
  for (const { chains } of tables.values())
    for (const { rules } of chains.values())
      for (const { target } of rules) {
        if (target?.kind !== 'extension' || target.name !== 'SET') continue
        for (const [index, word] of target.words.entries()) {
          const change = word === '--add-set' ? 'adds' : word === '--del-set' ? 'takes' : undefined
          const name = target.words[index + 1]
          if (change !== undefined && name !== undefined)
            changed.set(name, (changed.get(name) ?? new Set()).add(change))
        }
      }
  return changed
}
