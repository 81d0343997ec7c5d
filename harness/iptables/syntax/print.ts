import {
  builtinChains,
  type Chain,
  type Match,
  type Rule,
  type Table,
  type TableName,
  type Target,
  type Tree,
} from './tree.ts'
import { isLeftOut, printOption } from '../extensions/print-option.ts'
import { joined, word } from '../words/print-value.ts'

function printMatch({ module, options }: Match): string {
  return ['-m', module, ...options.filter((given) => !isLeftOut(given)).map(printOption)].join(' ')
}

/** A target with its options: `-j REDIRECT --to-ports 15001`. */
function printTarget(target: Target): string {
  if (target.kind !== 'extension') return `${target.kind === 'goto' ? '-g' : '-j'} ${target.chain}`
  const { name, words, spec, value } = target
  return joined(`-j ${name}`, 'print' in spec && value !== undefined ? spec.print(value) : words.map(word).join(' '))
}

/** A rule behind its chain, as iptables-save prints it. */
export function printRule({ options, matches, target }: Rule): string {
  return [
    ...options.map(printOption),
    ...matches.map(printMatch),
    ...(target === undefined ? [] : [printTarget(target)]),
  ].join(' ')
}

const counted = (counters: { packets: number; bytes: number } | undefined): string =>
  `[${counters?.packets ?? 0}:${counters?.bytes ?? 0}]`

/** The kernel's own chains first, then the others by name, as the kernel lists them. */
function sortedChains(table: Table): Chain[] {
  const own: readonly string[] = builtinChains[table.name]
  const rank = ({ name, policy }: Chain): number => (policy === undefined ? own.length : own.indexOf(name))
  return [...table.chains.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

function printTable(table: Table, withCounters = false): string {
  const chains = sortedChains(table)
  return [
    `*${table.name}`,
    ...chains.map(
      ({ name, policy = '-', counters }) => `:${name} ${policy} ${counted(withCounters ? counters : undefined)}`,
    ),
    ...chains.flatMap(({ name, rules }) =>
      rules.map((rule) => `${withCounters ? `${counted(rule.counters)} ` : ''}-A ${name} ${printRule(rule)}`.trimEnd()),
    ),
    'COMMIT',
    '',
  ].join('\n')
}

/**
 * The canonical form: what iptables-save prints after loading, without its remarks, tables in the order in which
 * packets meet them.
 */
export function printTree({ tables }: Tree, withCounters = false): string {
  return (Object.keys(builtinChains) as TableName[])
    .map((name) => tables.get(name))
    .map((table) => (table === undefined ? '' : printTable(table, withCounters)))
    .join('')
}
