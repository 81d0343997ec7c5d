import type { Family } from '../../core/address.ts'
import { foreignTarget } from '../syntax/foreign-targets.ts'
import { checkPlacement } from '../syntax/placement.ts'
import { printRule } from '../syntax/print.ts'
import type { Command } from '../command/command.ts'
import type { TableEdit } from './table-edit.ts'
import type { Chain, Counters, Rule } from '../syntax/tree.ts'
import { readNumber } from '../words/values.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

/** @throws HarnessError (`input`) where there is none. */
export function chainOf(edit: TableEdit, word: Word | undefined): Chain {
  const chain = edit.table.chains.get(word?.text ?? '')
  if (word === undefined || chain === undefined)
    throw wrongWord(word ?? { line: 1, column: 1 }, `table ${edit.table.name} has no chain ${word?.text}`)
  return chain
}

/** The chain that a rule goes into, if it may stand there and jumps to what is there. */
function chainForRule(edit: TableEdit, { chain: word, jump, placed, rules, at }: Command): Chain {
  const chain = chainOf(edit, word)
  const { table } = edit
  if (jump !== undefined && table.chains.get(jump.text)?.policy !== undefined)
    throw wrongWord(jump, `${jump.text} is one of the kernel's own chains, to which no rule jumps`)
  if (jump !== undefined && !table.chains.has(jump.text)) {
    const isGoto = rules.some(({ target }) => target?.kind === 'goto')
    const spec = isGoto ? undefined : foreignTarget(jump.text)
    if (spec === undefined) {
      const what = `table ${table.name} has no chain ${jump.text}${isGoto ? '' : ', and no target is called so'}`
      throw wrongWord(
        jump,
        what,
        'a chain stands above the rules that jump to it; declare it, or leave the rule out if the text is an excerpt',
      )
    }
    for (const rule of rules) rule.target = { kind: 'extension', name: jump.text, words: [], spec }
  }
  if (placed !== undefined) checkPlacement(placed, table, chain)
  edit.count(rules.length, at)
  return chain
}

export function append(edit: TableEdit, command: Command, _: Family, counters?: Counters): void {
  const chain = chainForRule(edit, command)
  edit.touch(chain)
  for (const rule of command.rules) chain.rules.push(counters === undefined ? rule : { ...rule, counters })
}

export function insert(edit: TableEdit, command: Command): void {
  const chain = chainForRule(edit, command)
  if (command.number === undefined) return edit.putFirst(chain, command.rules)
  edit.settle()
  const at = numberOf(command.number, chain, 1)
  edit.touch(chain)
  // Each goes before the one before it.
  chain.rules.splice(at - 1, 0, ...command.rules.toReversed())
}

export const numberOf = (word: Word, { name, rules }: Chain, more = 0): number =>
  readNumber(word, `place in chain ${name}`, Math.max(1, rules.length + more), 1)

export function replace(edit: TableEdit, command: Command): void {
  const chain = chainForRule(edit, command)
  const at = command.number === undefined ? 1 : numberOf(command.number, chain)
  if (at > chain.rules.length) throw wrongWord(command.number ?? command.at, `chain ${chain.name} has no rule ${at}`)
  edit.touch(chain)
  chain.rules.splice(at - 1, 1, ...command.rules)
}

export function remove(edit: TableEdit, command: Command): void {
  if (command.number !== undefined) {
    const chain = chainOf(edit, command.chain)
    const at = numberOf(command.number, chain)
    if (at > chain.rules.length) throw wrongWord(command.number, `chain ${chain.name} has no rule ${at}`)
    edit.touch(chain)
    return void chain.rules.splice(at - 1, 1)
  }
  const chain = chainForRule(edit, command)
  edit.touch(chain)
  for (const rule of command.rules) chain.rules.splice(indexOf(rule, chain, command.at), 1)
}

/** Rules are the same if they print the same. Each is printed once: a chain may be looked through very often. */
const printed = new WeakMap<Rule, string>()

function printedOnce(rule: Rule): string {
  const known = printed.get(rule)
  if (known !== undefined) return known
  const text = printRule(rule)
  printed.set(rule, text)
  return text
}

function indexOf(rule: Rule, chain: Chain, at: Word): number {
  const wanted = printedOnce(rule)
  const index = chain.rules.findIndex((other) => printedOnce(other) === wanted)
  if (index < 0) throw wrongWord(at, `chain ${chain.name} has no such rule`)
  return index
}

export function check(edit: TableEdit, command: Command): void {
  const chain = chainForRule(edit, command)
  for (const rule of command.rules) indexOf(rule, chain, command.at)
}
