import type { OptionSpec } from './extensions/option.ts'
import type { Condition } from './tree.ts'

/** What iptables itself asks, in the order in which iptables-save prints it. */
export const headers: readonly Pick<OptionSpec, 'option'>[] = ['-s', '-d', '-i', '-o', '-p', '-f'].map((option) => ({ option }))

/** The place of a condition among a module's options, as iptables-save prints them. */
export function orderOf({ option }: Condition, specs: readonly Pick<OptionSpec, 'option'>[]): number {
  const index = specs.findIndex((spec) => spec.option === option)
  return index < 0 ? specs.length : index
}

/** Conditions that iptables-save leaves out, since they are true of every packet. */
export function isEmpty(condition: Condition): boolean {
  if (condition.negated) return false
  if (condition.kind === 'address') return /^[0:.]+$/.test(condition.mask)
  if (condition.kind === 'interface') return condition.name === '+'
  return condition.kind === 'protocol' && condition.protocol === 0
}
