import type { Family } from '../core/address.ts'
import { asHarnessError, type HarnessError, inputError } from '../core/errors.ts'
import type { RuleText } from '../flow/ruleset.ts'
import { runCommand } from './chain-commands.ts'
import { checkChainName } from './chain-names.ts'
import { place } from './expand.ts'
import { builtinChains, type Chain, type Counters, isTableName, type Ruleset, type Table } from './tree.ts'
import { commandWords, payloadWords, type Word, wrongWord } from './words.ts'

/** Rules as they stand after loading, and why loading stopped if it did. */
export interface Loaded {
  ruleset: Ruleset
  failed?: HarnessError
}

export function emptyRuleset(family: Family): Ruleset {
  return { family, tables: new Map() }
}

/**
 * Loads rule texts one after the other, as `iptables-restore --noflush` and `iptables` do: what a payload does to a table
 * counts from its COMMIT on, a command at once. Loading stops at the first line that is refused.
 * @param texts those of other families are left out.
 * @param rejectedAt a line at which iptables is known to have stopped, for whatever reason of its own.
 */
export function loadRules(texts: readonly RuleText[], family: Family, rejectedAt?: number): Loaded {
  const ruleset = emptyRuleset(family)
  try {
    for (const text of texts) if (text.family === family) loadText(ruleset, text, rejectedAt)
  } catch (thrown) {
    const failed = asHarnessError(thrown)
    if (failed.fault !== 'input') throw thrown
    return { ruleset, failed }
  }
  return { ruleset }
}

function loadText(ruleset: Ruleset, text: RuleText, rejectedAt: number | undefined): void {
  const refuse = (line: number): void => {
    if (line === rejectedAt) throw inputError(place(line), 'iptables refused this')
  }
  if (text.form === 'restore') return loadPayload(ruleset, text.payload, refuse)
  for (const { argv, line } of text.commands) {
    refuse(line)
    loadCommand(ruleset, commandWords(argv, line))
  }
}

/** A payload works on a copy of each table, which takes the table's place at COMMIT. */
function loadPayload(ruleset: Ruleset, payload: string, refuse: (line: number) => void): void {
  let table: Table | undefined
  const lines = payload.trimEnd().split('\n')
  for (const [index, text] of lines.entries()) {
    const line = index + 1
    const content = text.trim()
    if (content === '' || content.startsWith('#')) continue
    refuse(line)
    if (content.startsWith('*') && table !== undefined) throw notCommitted(table, line)
    if (content.startsWith('*')) table = structuredClone(tableOf(ruleset, content.slice(1).trim(), { line, column: 1, text: content }))
    else if (table === undefined) throw inputError(place(line, 1), 'stands outside any table', "write a line such as '*nat' before it")
    else if (content === 'COMMIT') {
      ruleset.tables.set(table.name, table)
      table = undefined
    } else loadLine(table, text, line, ruleset.family)
  }
  if (table !== undefined) throw notCommitted(table, lines.length + 1)
}

const notCommitted = ({ name }: Table, line: number) =>
  inputError(place(line, 1), `COMMIT is missing: nothing of table ${name} is loaded without it`)

function tableOf(ruleset: Ruleset, name: string, at: Word): Table {
  if (!isTableName(name)) throw wrongWord(at, `there is no table '${name}'`, `tables are ${Object.keys(builtinChains).join(', ')}`)
  const known = ruleset.tables.get(name)
  if (known !== undefined) return known
  const chains = builtinChains[name].map((chain): [string, Chain] => [chain, { name: chain, policy: 'ACCEPT', rules: [] }])
  return { name, chains: new Map(chains) }
}

function loadLine(table: Table, text: string, line: number, family: Family): void {
  const words = payloadWords(text, line)
  const [first, ...rest] = words
  if (first === undefined) return
  if (first.text.startsWith(':')) return declare(table, first, rest)
  const counters = /^\[(\d+):(\d+)\]$/.exec(first.text)
  const given: Counters | undefined = counters === null ? undefined : { packets: Number(counters[1]), bytes: Number(counters[2]) }
  runCommand(table, given === undefined ? words : rest, family, given)
}

/** `:CHAIN POLICY [PACKETS:BYTES]`; a chain that is there already and not the kernel's own is emptied, even with `--noflush`. */
function declare(table: Table, first: Word, rest: readonly Word[]): void {
  const [name, policy, counted] = first.text === ':' ? rest : [{ ...first, text: first.text.slice(1), column: first.column + 1 }, ...rest]
  if (name === undefined || name.text === '') throw wrongWord(first, 'a chain has no name')
  const [, packets, bytes] = /^\[(\d+):(\d+)\]$/.exec(counted?.text ?? '') ?? []
  const counters = packets === undefined ? {} : { counters: { packets: Number(packets), bytes: Number(bytes) } }
  const own = table.chains.get(name.text)
  if (own?.policy === undefined) {
    checkChainName(name)
    if (policy === undefined) throw wrongWord(name, `chain ${name.text} has no policy`, `write ':${name.text} -'`)
    table.chains.set(name.text, { name: name.text, rules: [], ...counters })
  } else {
    if (policy?.text === 'ACCEPT' || policy?.text === 'DROP') own.policy = policy.text
    else if (policy?.text !== '-') throw wrongWord(policy ?? name, `'${policy?.text ?? ''}' is no policy; it is ACCEPT or DROP`)
    Object.assign(own, counters)
  }
}

const quiet = ['-v', '--verbose', '-n', '--numeric', '-4', '-6', '--ipv4', '--ipv6']

function loadCommand(ruleset: Ruleset, words: readonly Word[]): void {
  const rest: Word[] = []
  let table: Word | undefined
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]
    if (word === undefined || quiet.includes(word.text)) continue
    if (word.text === '-t' || word.text === '--table') {
      at += 1
      table = words[at]
    } else if (word.text === '-w' || word.text === '--wait') {
      if (/^\d+$/.test(words[at + 1]?.text ?? '')) at += 1
    } else if (!word.text.startsWith('--wait=')) rest.push(word)
  }
  const [first] = words
  if (first === undefined) return
  const changed = tableOf(ruleset, table?.text ?? 'filter', table ?? first)
  runCommand(changed, rest, ruleset.family)
  ruleset.tables.set(changed.name, changed)
}
