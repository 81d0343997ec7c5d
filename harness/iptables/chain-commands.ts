import type { Family } from '../core/address.ts'
import { withoutLists } from './address-lists.ts'
import { checkChainName } from './chain-names.ts'
import { checkPlacement } from './placement.ts'
import { printRule } from './print.ts'
import { readRule } from './read-rule.ts'
import type { Chain, Counters, Rule, Table } from './tree.ts'
import { readNumber } from './values.ts'
import { type Word, WordReader, wrongWord } from './words.ts'

type Run = (table: Table, words: WordReader, at: Word, family: Family, counters?: Counters) => void

const commands: Readonly<Record<string, Run>> = {
  '-A': append,
  '--append': append,
  '-I': insert,
  '--insert': insert,
  '-D': remove,
  '--delete': remove,
  '-N': newChain,
  '--new-chain': newChain,
  '-X': removeChain,
  '--delete-chain': removeChain,
  '-F': flush,
  '--flush': flush,
  '-P': setPolicy,
  '--policy': setPolicy,
}

/**
 * Does to a table what one command says (iptables(8)).
 * @throws HarnessError (`input`) with line and column for what iptables would refuse, and for commands that are not read.
 */
export function runCommand(table: Table, words: readonly Word[], family: Family, counters?: Counters): void {
  const reader = new WordReader(words)
  const at = reader.take('a command')
  const run = Object.hasOwn(commands, at.text) ? commands[at.text] : undefined
  if (run === undefined) throw wrongWord(at, `the command '${at.text}' is not read`, 'commands are -A, -I, -D, -N, -X, -F and -P')
  run(table, reader, at, family, counters)
}

function chainOf(table: Table, word: Word): Chain {
  const chain = table.chains.get(word.text)
  if (chain === undefined) throw wrongWord(word, `table ${table.name} has no chain ${word.text}`)
  return chain
}

/** One rule, or several where it has lists of addresses. */
function read(table: Table, chain: Chain, words: WordReader, at: Word, family: Family): Rule[] {
  const isChain = (name: string) => table.chains.get(name) !== undefined && table.chains.get(name)?.policy === undefined
  return withoutLists(words.rest()).map((own) => {
    const rule = readRule(new WordReader(own), family, isChain, at)
    checkPlacement(rule, table, chain, at)
    return rule
  })
}

function append(table: Table, words: WordReader, at: Word, family: Family, counters?: Counters): void {
  const chain = chainOf(table, words.take('a chain'))
  for (const rule of read(table, chain, words, at, family)) chain.rules.push(counters === undefined ? rule : { ...rule, counters })
}

function insert(table: Table, words: WordReader, at: Word, family: Family): void {
  const chain = chainOf(table, words.take('a chain'))
  const given = /^\d+$/.test(words.next?.text ?? '') ? words.take('a number') : undefined
  const number = given === undefined ? 1 : readNumber(given, `place in chain ${chain.name}`, chain.rules.length + 1, 1)
  // Each goes before the one before it.
  chain.rules.splice(number - 1, 0, ...read(table, chain, words, at, family).reverse())
}

function remove(table: Table, words: WordReader, at: Word, family: Family): void {
  const chain = chainOf(table, words.take('a chain'))
  const number = /^\d+$/.test(words.next?.text ?? '') ? words.take('a number') : undefined
  if (number !== undefined) return void chain.rules.splice(readNumber(number, `rule of chain ${chain.name}`, chain.rules.length, 1) - 1, 1)
  for (const wanted of read(table, chain, words, at, family).map(printRule)) {
    const index = chain.rules.findIndex((rule) => printRule(rule) === wanted)
    if (index < 0) throw wrongWord(at, `chain ${chain.name} has no such rule`)
    chain.rules.splice(index, 1)
  }
}

function newChain(table: Table, words: WordReader): void {
  const word = words.take("a chain's name")
  if (table.chains.has(word.text)) throw wrongWord(word, `Chain already exists: ${word.text}`)
  checkChainName(word)
  table.chains.set(word.text, { name: word.text, rules: [] })
}

function removeChain(table: Table, words: WordReader): void {
  const word = words.next === undefined ? undefined : words.take("a chain's name")
  const named = word === undefined ? [...table.chains.values()].filter(({ policy }) => policy === undefined) : [chainOf(table, word)]
  for (const { name, rules, policy } of named) {
    if (word !== undefined && (policy !== undefined || rules.length > 0 || isUsed(table, name)))
      throw wrongWord(word, `chain ${name} cannot be removed: it is the kernel's own, not empty, or in use`)
    table.chains.delete(name)
  }
}

function isUsed(table: Table, name: string): boolean {
  return [...table.chains.values()].some(({ rules }) =>
    rules.some(({ target }) => (target?.kind === 'jump' || target?.kind === 'goto') && target.chain === name),
  )
}

function flush(table: Table, words: WordReader): void {
  const chains = words.next === undefined ? [...table.chains.values()] : [chainOf(table, words.take('a chain'))]
  for (const chain of chains) chain.rules = []
}

function setPolicy(table: Table, words: WordReader): void {
  const chain = chainOf(table, words.take('a chain'))
  const policy = words.take('a policy')
  if (chain.policy === undefined || (policy.text !== 'ACCEPT' && policy.text !== 'DROP'))
    throw wrongWord(policy, `chain ${chain.name} cannot have the policy ${policy.text}`)
  chain.policy = policy.text
}
