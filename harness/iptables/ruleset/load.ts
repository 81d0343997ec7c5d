import type { Family } from '../../core/address.ts'
import { asHarnessError, type HarnessError } from '../../core/errors.ts'
import type { RuleText } from '../../flow/ruleset.ts'
import { runCommand } from './chain-commands.ts'
import { checkChainName } from './chain-names.ts'
import { loopbackName } from '../extensions/loopback-name.ts'
import { flag } from '../extensions/option.ts'
import { commandOrigin, payloadOrigin } from './origin.ts'
import { type PayloadLine, payloadLines } from './payload-lines.ts'
import { readCommand } from '../command/read-command.ts'
import { type Added, TableEdit } from './table-edit.ts'
import { builtinChains, type Chain, type Counters, isTableName, type Tree, type Table } from '../syntax/tree.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'
import { type Place, wrongAt } from '../words/place.ts'

/** Rules as they stand after loading, and why loading stopped if it did. */
export interface Loaded {
  tree: Tree
  failed?: HarnessError
}

export function emptyTree(family: Family): Tree {
  return { family, tables: new Map(), sets: new Map() }
}

/**
 * Loads rule texts one after the other, as `iptables-restore --noflush` and `iptables` do: what a payload does to a
 * table counts from its COMMIT on, a command at once. Loading stops at the first line that is refused. Messages name
 * the place in the text that the rules came from.
 * @param texts those of other families are left out.
 * @param rejectedAt a payload's line, or a command's place in its chain, at which iptables is known to have stopped,
 * for whatever reason of its own.
 */
export function loadRules(texts: readonly RuleText[], family: Family, rejectedAt?: number): Loaded {
  const tree = emptyTree(family)
  const added = { rules: 0 }
  try {
    for (const text of texts) if (text.family === family) loadText(tree, text, rejectedAt, added)
  } catch (thrown) {
    const failed = asHarnessError(thrown)
    if (failed.fault !== 'input') throw thrown
    return { tree, failed }
  }
  return { tree }
}

/** The same of one text, onto what is there. @throws HarnessError (`input`) at the first line that is refused. */
export function loadText(tree: Tree, text: RuleText, rejectedAt: number | undefined, added: Added): void {
  for (const set of text.sets ?? []) tree.sets.set(set.name, set)
  if (text.form === 'restore') return loadPayload(tree, text, rejectedAt, added)
  for (const command of text.commands) {
    const words = commandOrigin(command)
    if (command.line === rejectedAt)
      throw wrongWord(words[0] ?? { line: command.line, column: 1 }, 'iptables refused this')
    loadCommand(tree, words, added)
  }
}

/** What a payload does to a table is undone unless COMMIT follows. */
function loadPayload(
  tree: Tree,
  text: Extract<RuleText, { form: 'restore' }>,
  rejectedAt: number | undefined,
  added: Added,
): void {
  const origin = payloadOrigin(text)
  const unsaid = new Map(text.unknown?.map(({ line, options }) => [line, options]))
  let edit: TableEdit | undefined
  let number = 0
  try {
    for (const line of payloadLines(text.payload)) {
      number = line.number
      if (line.kind === 'nothing') continue
      const placed = origin.place(number, 1)
      if (number === rejectedAt) throw wrongWord(placed, 'iptables refused this')
      if (line.kind === 'table' && edit === undefined)
        edit = new TableEdit(tableOf(tree, origin.word(line.name)), added)
      else if (edit === undefined)
        throw wrongWord(placed, 'stands outside any table', "write a line such as '*nat' before it")
      else if (line.kind === 'commit') {
        edit.settle()
        tree.tables.set(edit.table.name, edit.table)
        edit = undefined
      } else if (line.kind === 'table') throw notCommitted(edit.table, placed)
      else loadLine(edit, line, tree.family, (word) => origin.word(word), unsaid.get(number))
    }
    if (edit !== undefined) throw notCommitted(edit.table, origin.place(number + 1, 1))
  } catch (thrown) {
    edit?.undo()
    throw thrown
  }
}

const notCommitted = ({ name }: Table, at: Place) =>
  wrongAt(at, `COMMIT is missing: nothing of table ${name} is loaded without it`)

function tableOf(tree: Tree, at: Word): Table {
  const { text: name } = at
  if (!isTableName(name))
    throw wrongWord(at, `there is no table '${name}'`, `tables are ${Object.keys(builtinChains).join(', ')}`)
  const known = tree.tables.get(name)
  if (known !== undefined) return known
  const chains = builtinChains[name].map((chain): [string, Chain] => [
    chain,
    { name: chain, policy: 'ACCEPT', rules: [] },
  ])
  return { name, chains: new Map(chains) }
}

/** @param unsaid what is asked of the rule, and the text does not say. */
function loadLine(
  edit: TableEdit,
  line: PayloadLine & { kind: 'chain' | 'rule' },
  family: Family,
  word: (word: Word) => Word,
  unsaid: readonly string[] = [],
): void {
  if (line.kind === 'chain') return declare(edit, line.words.map(word), word(line.at), family)
  const command = readCommand(line.words().map(word), family, 'payload')
  for (const rule of command.rules)
    for (const option of unsaid) {
      const named = loopbackName(option)
      rule.options.push({
        option,
        negated: false,
        words: [],
        ...(named && { value: true }),
        spec: named ?? flag(option),
      })
    }
  runCommand(edit, command, family, line.counters)
}

/**
 * `:CHAIN POLICY [PACKETS:BYTES]`; a chain that is there already and not the kernel's own is emptied, even with
 * `--noflush`.
 */
function declare(edit: TableEdit, [name, policy, counted]: readonly Word[], at: Word, family: Family): void {
  if (name === undefined) throw wrongWord(at, 'a chain has no name')
  const counters = countersOf(counted?.text)
  const own = edit.table.chains.get(name.text)
  if (own?.policy === undefined) {
    checkChainName(name, family)
    if (policy === undefined) throw wrongWord(name, `chain ${name.text} has no policy`, `write ':${name.text} -'`)
    if (own !== undefined) edit.removeChain(own.name)
    return edit.addChain({ name: name.text, rules: [], ...(counters && { counters }) }, name)
  }
  edit.touch(own)
  if (policy?.text === 'ACCEPT' || policy?.text === 'DROP') own.policy = policy.text
  else if (policy?.text !== '-')
    throw wrongWord(policy ?? name, `'${policy?.text ?? ''}' is no policy; it is ACCEPT or DROP`)
  Object.assign(own, counters && { counters })
}

function countersOf(text = ''): Counters | undefined {
  const [, packets, bytes] = /^\[(\d+):(\d+)\]$/.exec(text) ?? []
  return packets === undefined ? undefined : { packets: Number(packets), bytes: Number(bytes) }
}

function loadCommand(tree: Tree, words: readonly Word[], added: Added): void {
  const command = readCommand(words, tree.family, 'command')
  if (command.name === undefined) return
  const edit = new TableEdit(tableOf(tree, command.table ?? { ...command.at, text: 'filter' }), added)
  try {
    runCommand(edit, command, tree.family)
    edit.settle()
  } catch (thrown) {
    edit.undo()
    throw thrown
  }
  tree.tables.set(edit.table.name, edit.table)
}
