import type { Family } from '../core/address.ts'
import { checkChainName } from './chain-names.ts'
import type { CommandName } from './command-options.ts'
import { foreignTarget } from './foreign-targets.ts'
import { checkPlacement } from './placement.ts'
import { printRule } from './print.ts'
import type { Command } from './read-command.ts'
import type { Chain, Counters, Rule, Table } from './tree.ts'
import type { TableEdit } from './table-edit.ts'
import { readNumber } from './values.ts'
import { type Word, wrongWord } from './words.ts'

type Run = (edit: TableEdit, command: Command, family: Family, counters?: Counters) => void

const commands: Readonly<Record<CommandName, Run>> = {
  '-A': append,
  '-I': insert,
  '-R': replace,
  '-D': remove,
  '-C': check,
  '-N': newChain,
  '-X': removeChain,
  '-E': renameChain,
  '-F': flush,
  '-P': setPolicy,
  '-L': look,
  '-S': look,
  '-Z': zero,
}

/**
 * Does to a table what one line says (iptables(8)).
 * @throws HarnessError (`input`) with line and column for what iptables would refuse.
 */
export function runCommand(edit: TableEdit, command: Command, family: Family, counters?: Counters): void {
  if (command.name === undefined) return
  if (command.name !== '-A' && command.name !== '-I') edit.settle()
  commands[command.name](edit, command, family, counters)
}

function chainOf(edit: TableEdit, word: Word | undefined): Chain {
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

function append(edit: TableEdit, command: Command, _: Family, counters?: Counters): void {
  const chain = chainForRule(edit, command)
  edit.touch(chain)
  for (const rule of command.rules) chain.rules.push(counters === undefined ? rule : { ...rule, counters })
}

function insert(edit: TableEdit, command: Command): void {
  const chain = chainForRule(edit, command)
  if (command.number === undefined) return edit.putFirst(chain, command.rules)
  edit.settle()
  const at = numberOf(command.number, chain, 1)
  edit.touch(chain)
  // Each goes before the one before it.
  chain.rules.splice(at - 1, 0, ...command.rules.toReversed())
}

const numberOf = (word: Word, { name, rules }: Chain, more = 0): number =>
  readNumber(word, `place in chain ${name}`, Math.max(1, rules.length + more), 1)

function replace(edit: TableEdit, command: Command): void {
  const chain = chainForRule(edit, command)
  const at = command.number === undefined ? 1 : numberOf(command.number, chain)
  if (at > chain.rules.length) throw wrongWord(command.number ?? command.at, `chain ${chain.name} has no rule ${at}`)
  edit.touch(chain)
  chain.rules.splice(at - 1, 1, ...command.rules)
}

function remove(edit: TableEdit, command: Command): void {
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

function check(edit: TableEdit, command: Command): void {
  const chain = chainForRule(edit, command)
  for (const rule of command.rules) indexOf(rule, chain, command.at)
}

function newChain(edit: TableEdit, { chain: word, at }: Command, family: Family): void {
  if (word === undefined) throw wrongWord(at, `${at.text} names no chain`)
  if (edit.table.chains.has(word.text)) throw wrongWord(word, `Chain already exists: ${word.text}`)
  checkChainName(word, family)
  edit.addChain({ name: word.text, rules: [] }, word)
}

function removeChain(edit: TableEdit, { chain: word }: Command): void {
  const { chains } = edit.table
  const named = word === undefined ? [...chains.values()].filter(({ policy }) => policy === undefined) : [chainOf(edit, word)]
  for (const { name, rules, policy } of named) {
    if (word !== undefined && (policy !== undefined || rules.length > 0 || isUsed(edit.table, name)))
      throw wrongWord(word, `chain ${name} cannot be removed: it is the kernel's own, not empty, or in use`)
    edit.removeChain(name)
  }
}

function isUsed({ chains }: Table, name: string): boolean {
  for (const { rules } of chains.values()) if (rules.some(({ target }) => jumpsTo(target, name))) return true
  return false
}

function renameChain(edit: TableEdit, { chain: word, second: name, at }: Command, family: Family): void {
  const chain = chainOf(edit, word)
  if (name === undefined) throw wrongWord(at, `${at.text} names no new name`)
  if (chain.policy !== undefined) throw wrongWord(word ?? at, `chain ${chain.name} is the kernel's own and keeps its name`)
  if (edit.table.chains.has(name.text)) throw wrongWord(name, `Chain already exists: ${name.text}`)
  checkChainName(name, family)
  for (const other of edit.table.chains.values()) {
    if (!other.rules.some(({ target }) => jumpsTo(target, chain.name))) continue
    edit.touch(other)
    other.rules = other.rules.map((rule) =>
      jumpsTo(rule.target, chain.name) ? { ...rule, target: { ...rule.target, chain: name.text } } : rule,
    )
  }
  edit.removeChain(chain.name)
  edit.addChain({ ...chain, name: name.text }, name)
}

function jumpsTo(target: Rule['target'], chain: string): target is Extract<Rule['target'], { chain: string }> {
  return (target?.kind === 'jump' || target?.kind === 'goto') && target.chain === chain
}

function flush(edit: TableEdit, { chain: word }: Command): void {
  const chains = word === undefined ? [...edit.table.chains.values()] : [chainOf(edit, word)]
  for (const chain of chains) {
    edit.touch(chain)
    chain.rules = []
  }
}

function setPolicy(edit: TableEdit, { chain: word, second: policy, at }: Command): void {
  const chain = chainOf(edit, word)
  if (policy === undefined) throw wrongWord(at, `${at.text} names no policy`)
  const isPolicy = policy.text === 'ACCEPT' || (policy.text === 'DROP' && edit.table.name !== 'nat')
  if (chain.policy === undefined || !isPolicy)
    throw wrongWord(policy, `chain ${chain.name} of table ${edit.table.name} cannot have the policy ${policy.text}`)
  edit.touch(chain)
  chain.policy = policy.text as 'ACCEPT' | 'DROP'
}

function look(edit: TableEdit, { chain }: Command): void {
  if (chain !== undefined) chainOf(edit, chain)
}

function zero(edit: TableEdit, { chain: word, number }: Command): void {
  const chains = word === undefined ? [...edit.table.chains.values()] : [chainOf(edit, word)]
  for (const chain of chains) {
    if (number !== undefined) numberOf(number, chain)
    edit.touch(chain)
    delete chain.counters
    chain.rules = chain.rules.map(({ counters: _, ...rule }) => rule)
  }
}
