import type { Family } from '../core/address.ts'
import { readAddress, readInterface, readProtocol } from './header-values.ts'
import type { OptionSpec } from './modules.ts'
import type { Condition } from './tree.ts'
import type { Word } from './words.ts'

const header = (
  option: string,
  also: readonly string[],
  what: string,
  read: (family: Family) => (word: Word) => ReturnType<OptionSpec['read']>,
): OptionSpec => ({
  option,
  also,
  invertible: true,
  read: (values, family) => read(family)(values.take(what)),
})

/** What iptables itself asks, in the order in which iptables-save prints it. */
export const headers: readonly OptionSpec[] = [
  header('-s', ['--source', '--src'], 'an address', (family) => readAddress('source', family)),
  header('-d', ['--destination', '--dst'], 'an address', (family) => readAddress('destination', family)),
  header('-i', ['--in-interface'], 'an interface', () => readInterface('in')),
  header('-o', ['--out-interface'], 'an interface', () => readInterface('out')),
  header('-p', ['--protocol', '--proto'], 'a protocol', () => readProtocol),
  { option: '-f', also: ['--fragment'], invertible: true, read: () => ({ kind: 'fragment' }) },
]

/** Whether an option is called so, in either of its ways. */
export const isCalled =
  (name: string) =>
  (spec: OptionSpec): boolean =>
    spec.option === name || (spec.also ?? []).includes(name)

/** The place of a condition among a module's options, as iptables-save prints them. */
export function orderOf({ option }: Condition, specs: readonly OptionSpec[]): number {
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

/** getopt_long(3) takes any beginning of an option that no other one has. */
export function fullName(text: string, names: readonly string[]): string | undefined {
  if (names.includes(text)) return text
  const [found, second] = names.filter((name) => name.startsWith(text))
  return text.length > 3 && second === undefined ? found : undefined
}
