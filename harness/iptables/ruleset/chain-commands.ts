import type { Family } from '../../core/address.ts'
import { checkChainName } from './chain-names.ts'
import type { CommandName } from '../command/command-options.ts'
import type { Command } from '../command/command.ts'
import { append, chainOf, check, insert, numberOf, remove, replace } from './rule-commands.ts'
import type { Counters, Rule, Table } from '../syntax/tree.ts'
import type { TableEdit } from './table-edit.ts'
import { wrongWord } from '../words/payload-words.ts'

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

function newChain(edit: TableEdit, { chain: word, at }: Command, family: Family): void {
  if (word === undefined) throw wrongWord(at, `${at.text} names no chain`)
  if (edit.table.chains.has(word.text)) throw wrongWord(word, `Chain already exists: ${word.text}`)
  checkChainName(word, family)
  edit.addChain({ name: word.text, rules: [] }, word)
}

function removeChain(edit: TableEdit, { chain: word }: Command): void {
  const { chains } = edit.table
  const named =
    word === undefined ? [...chains.values()].filter(({ policy }) => policy === undefined) : [chainOf(edit, word)]
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
  if (chain.policy !== undefined)
    throw wrongWord(word ?? at, `chain ${chain.name} is the kernel's own and keeps its name`)
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
