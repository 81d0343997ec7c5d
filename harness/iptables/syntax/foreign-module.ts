import type { Family } from '../../core/address.ts'
import type { MatchExtension } from '../extensions/extension.ts'
import { kept } from '../extensions/lowering.ts'
import type { KeptOption } from '../extensions/option.ts'
import { findModule, moduleNames } from './modules.ts'

const known = new Map<Family, readonly KeptOption[]>()

/**
 * A module that iptables 1.8.9 does not have may be one of another release, and is passed on: with options that are
 * known to some module, and no others. Whether there is one is for the machine to say.
 * @returns undefined for what is no module's name, or that of one that the other family has.
 */
export function foreignModule(name: string, family: Family): MatchExtension | undefined {
  if (!/^[a-z][a-z0-9_]{0,27}$/.test(name) || moduleNames.includes(name)) return undefined
  return { ...kept, options: known.get(family) ?? collect(family) }
}

/** The options of all modules by their names; a value is not held against anything. */
function collect(family: Family): readonly KeptOption[] {
  const options = new Map<string, KeptOption>()
  for (const module of moduleNames)
    for (const { option, words } of findModule(module, family)?.spec.options ?? [])
      options.set(option, {
        option,
        words: words === 2 ? 1 : words,
        invertible: true,
        repeatable: true,
        check: () => {},
      })
  const all = [...options.values()]
  known.set(family, all)
  return all
}
