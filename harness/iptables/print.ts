import { builtinChains, type Chain, type Condition, type Match, type Rule, type Tree, type Table, type TableName } from './tree.ts'
import { printTarget } from './print-target.ts'
import { quoted, range, word } from './print-value.ts'
import { prefixLength, protocolName } from './header-values.ts'
import { formatFlags, hex } from './values.ts'

const mark = (value: number, mask: number): string => (mask === 0xffffffff ? hex(value) : `${hex(value)}/${hex(mask)}`)

export function valueText(condition: Condition): string | undefined {
  switch (condition.kind) {
    case 'address':
      return `${condition.address}/${prefixLength(condition.mask) ?? condition.mask}`
    case 'interface':
      return condition.name
    case 'protocol':
      return protocolName(condition.protocol)
    case 'ports':
      return condition.ranges.map((ports) => range(ports, ':')).join(',')
    case 'tcp-flags':
      return `${formatFlags(condition.mask)} ${formatFlags(condition.set)}`
    case 'icmp-type':
      return condition.code === undefined ? `${condition.type}` : `${condition.type}/${condition.code}`
    case 'owner':
      return `${range(condition.range, '-')}${condition.supplementary ? ' --suppl-groups' : ''}`
    case 'owner-name':
      return `${word(condition.name)}${condition.supplementary ? ' --suppl-groups' : ''}`
    case 'states':
      return condition.states.join(',')
    case 'mark':
      return mark(condition.value, condition.mask)
    case 'address-type':
      return condition.types.join(',')
    case 'comment':
      return quoted(condition.text)
    case 'unknown':
      return condition.values.length === 0 ? undefined : condition.values.map(word).join(' ')
    default:
      return undefined
  }
}

/** A condition as iptables-save prints it: `! --uid-owner 1500`. */
export function printCondition(condition: Condition): string {
  return [condition.negated ? '!' : undefined, condition.option, valueText(condition)].filter((part) => part !== undefined).join(' ')
}

/** iptables-save leaves out a range that every port is in. */
function isPrinted(condition: Condition): boolean {
  return (
    condition.kind !== 'ports' ||
    condition.option.endsWith('s') ||
    condition.negated ||
    condition.ranges.some(({ first, last }) => first > 0 || last < 65535)
  )
}

function printMatch({ module, conditions }: Match): string {
  return ['-m', module, ...conditions.filter(isPrinted).map(printCondition)].join(' ')
}

/** A rule behind its chain, as iptables-save prints it. */
export function printRule({ conditions, matches, target }: Rule): string {
  return [...conditions.map(printCondition), ...matches.map(printMatch), ...(target === undefined ? [] : [printTarget(target)])].join(' ')
}

const counted = (counters: { packets: number; bytes: number } | undefined): string => `[${counters?.packets ?? 0}:${counters?.bytes ?? 0}]`

/** The kernel's own chains first, then the others by name, as the kernel lists them. */
function sortedChains(table: Table): Chain[] {
  const own: readonly string[] = builtinChains[table.name]
  const rank = ({ name, policy }: Chain): number => (policy === undefined ? own.length : own.indexOf(name))
  return [...table.chains.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

export function printTable(table: Table, withCounters = false): string {
  const chains = sortedChains(table)
  return [
    `*${table.name}`,
    ...chains.map(({ name, policy = '-', counters }) => `:${name} ${policy} ${counted(withCounters ? counters : undefined)}`),
    ...chains.flatMap(({ name, rules }) =>
      rules.map((rule) => `${withCounters ? `${counted(rule.counters)} ` : ''}-A ${name} ${printRule(rule)}`.trimEnd()),
    ),
    'COMMIT',
    '',
  ].join('\n')
}

/** The canonical form: what iptables-save prints after loading, without its remarks, tables in the order in which packets meet them. */
export function printTree({ tables }: Tree, withCounters = false): string {
  return (Object.keys(builtinChains) as TableName[])
    .map((name) => tables.get(name))
    .map((table) => (table === undefined ? '' : printTable(table, withCounters)))
    .join('')
}
