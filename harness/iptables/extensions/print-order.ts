import type { Given, OptionSpec } from './option.ts'

/** The place of an option among a module's options, as iptables-save prints them. */
export function orderOf({ option }: Given, specs: readonly Pick<OptionSpec, 'option'>[]): number {
  const index = specs.findIndex((spec) => spec.option === option)
  return index < 0 ? specs.length : index
}
