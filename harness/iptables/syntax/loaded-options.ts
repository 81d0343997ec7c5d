import type { MatchExtension, TargetExtension } from '../extensions/extension.ts'
import type { OptionSpec } from '../extensions/option.ts'
import type { HasValue, LongOption } from '../words/getopt.ts'

type Extension = MatchExtension | TargetExtension

/** An option of a match or target that a line has loaded. */
export interface OwnOption {
  /** What it belongs to: the name behind `-m`, or undefined for the target. */
  module: string | undefined
  spec: OptionSpec
}

export type OptionId = string | OwnOption

/**
 * All options that may be asked for in a line, which become more as matches and targets are loaded
 * (xtables_options_xfrm).
 */
export class LoadedOptions {
  /** The last one loaded is asked first, but for iptables' own. */
  readonly #loaded: ByName[]

  constructor(own: ByName) {
    this.#loaded = [own]
  }

  load(module: string | undefined, spec: Extension): void {
    this.#loaded.splice(1, 0, optionsOf(module, spec))
  }

  called(name: string): LongOption<OptionId> | undefined {
    for (const options of this.#loaded) {
      const found = options.get(name)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Those whose name begins so, in the order in which they are looked for. */
  beginning(name: string): LongOption<OptionId>[] {
    return this.#loaded.flatMap((options) => [...options.values()].filter((option) => option.name.startsWith(name)))
  }
}

type ByName = ReadonlyMap<string, LongOption<OptionId>>

export const namesOf = ({ option, also = [] }: OptionSpec): string[] =>
  [option, ...also].map((name) => name.replace(/^--/, ''))

const made = new WeakMap<Extension, ByName>()

/** They are the same in every line. */
function optionsOf(module: string | undefined, spec: Extension): ByName {
  const known = made.get(spec)
  if (known !== undefined) return known
  const options = spec.options.flatMap((option) =>
    namesOf(option).map((name) => longOption(name, { module, spec: option })),
  )
  const byName = new Map(options.map((option) => [option.name, option]))
  made.set(spec, byName)
  return byName
}

function longOption(name: string, id: OwnOption): LongOption<OptionId> {
  const { option, as = option, words } = id.spec
  const value: HasValue = words === 0 || words === 'maybe' ? 'none' : 'one'
  return { name, value, key: `${id.module ?? ''} ${as}`, id }
}
