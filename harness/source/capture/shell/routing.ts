import type { Family } from '../../../core/address.ts'
import { familyOf } from '../../../core/address.ts'
import type { PolicyRouting, RoutingRule, TableRoute } from '../../../flow/policy-routing.ts'
import { knownTables, mainTable } from '../around/table-names.ts'
import { programAt } from './programs.ts'
import type { ShellWord } from './syntax.ts'
import { type Place, wrongAt } from '../../../iptables/words/place.ts'

/** One `ip rule`, `ip route` or `ip address` that a text has. */
export interface RoutingCommand {
  object: 'rule' | 'route' | 'address'
  action: string
  /** IPv4 where the command shows none, as ip(8) takes it. */
  family: Family
  words: readonly ShellWord[]
  at: ShellWord
}

const objects: Readonly<Record<string, RoutingCommand['object']>> = {
  rule: 'rule',
  ru: 'rule',
  route: 'route',
  ro: 'route',
  r: 'route',
  address: 'address',
  addr: 'address',
  a: 'address',
}

/** What there is to do with them; a sentence that begins with a command's name goes on otherwise. */
const known =
  /^(?:add|a|append|prepend|replace|change|del|delete|d|flush|f|show|list|ls|lst|s|l|get|save|restore|test)$/

/** The options of ip(8) itself, before what it is asked: the family that they say, and how many words they are. */
export function ipOptions(words: readonly string[]): { family?: Family; count: number } {
  let family: Family | undefined
  let count = 0
  for (; words[count]?.startsWith('-'); count += 1) {
    const word = words[count] as string
    if (word === '-4') family = 'ipv4'
    else if (word === '-6') family = 'ipv6'
    else if (/^-f(?:amily)?$/.test(word)) {
      count += 1
      family = words[count] === 'inet6' ? 'ipv6' : 'ipv4'
    } else if (/^-n(?:etns)?$/.test(word)) count += 1
  }
  return { count, ...(family && { family }) }
}

/** @returns undefined if it is another command. */
export function routingOf(all: readonly ShellWord[]): RoutingCommand | undefined {
  const start = programAt(all, (text) => /(?:^|\/)ip$/.test(text))
  const at = all[start]
  if (at === undefined) return undefined
  const own = all.slice(start + 1)
  const { family, count } = ipOptions(own.map(({ text }) => text))
  const object = objects[own[count]?.text ?? '']
  if (object === undefined) return undefined
  const action = own[count + 1]?.text ?? 'show'
  if (!known.test(action)) return undefined
  const words = own.slice(count + 2)
  const told = words.map(({ text }) => familyOf(text.split('/')[0] ?? '')).find((each) => each !== undefined)
  return { object, action, family: family ?? told ?? 'ipv4', words, at }
}

/**
 * What commands set up, one after the other. @throws HarnessError (`input`) at what is not read of them, with its
 * place.
 */
export function routingBy(commands: readonly RoutingCommand[]): Partial<PolicyRouting> {
  const rules: RoutingRule[] = []
  const routes: TableRoute[] = []
  const loopbackAddresses: string[] = []
  for (const command of commands) {
    const { object, action } = command
    const [list, made]: [unknown[], unknown] =
      object === 'rule'
        ? [rules, ruleOf(command)]
        : object === 'route'
          ? [routes, routeOf(command)]
          : [loopbackAddresses, addressOf(command)]
    if (made === undefined) continue
    const same = list.findIndex((known) => JSON.stringify(known) === JSON.stringify(made))
    if (/^d/.test(action)) {
      if (same >= 0) list.splice(same, 1)
    } else if (same < 0) list.push(made)
  }
  return { rules, routes, ...(loopbackAddresses.length > 0 && { loopbackAddresses }) }
}

const changes = (action: string): boolean => /^(?:add|a|append|prepend|replace|change|del|delete|d)$/.test(action)

function unread(at: Place, what: string): never {
  throw wrongAt(at, what, 'leave the command out, or write what it sets up in other words')
}

/** A word's number: decimal or hexadecimal. */
function numberOf(word: ShellWord | undefined, at: ShellWord): number {
  if (!/^(?:0[xX][\da-fA-F]+|\d+)$/.test(word?.text ?? '')) unread(word ?? at, `'${word?.text ?? ''}' is no number`)
  return Number(word?.text)
}

function tableNumber(word: ShellWord | undefined, at: ShellWord): number {
  return knownTables[word?.text ?? ''] ?? numberOf(word, at)
}

function ruleOf({ action, words, family, at }: RoutingCommand): RoutingRule | undefined {
  if (!changes(action)) return undefined
  const rule: Partial<RoutingRule> & { family: Family } = { family }
  for (let index = 0; index < words.length; index += 2) {
    const word = words[index] as ShellWord
    const value = words[index + 1]
    switch (word.text) {
      case 'from':
      case 'to':
        if (value?.text !== 'all' && !/^(?:0\.0\.0\.0|::)\/0$/.test(value?.text ?? ''))
          unread(word, `'${word.text} ${value?.text ?? ''}' of ip rule is not read`)
        break
      case 'fwmark': {
        const [mark = '', mask] = (value?.text ?? '').split('/')
        rule.fwmark = numberOf(value === undefined ? value : { ...value, text: mark }, at)
        if (mask !== undefined) rule.mask = numberOf(value === undefined ? value : { ...value, text: mask }, at)
        break
      }
      case 'iif':
      case 'dev':
        if (value !== undefined) rule.iif = value.text
        break
      case 'pref':
      case 'priority':
      case 'preference':
      case 'order':
      case 'prio':
        rule.priority = numberOf(value, at)
        break
      case 'lookup':
      case 'table':
        rule.table = tableNumber(value, at)
        break
      default:
        unread(word, `'${word.text}' of ip rule is not read`)
    }
  }
  const { table } = rule
  // Without a table it is the main one's.
  return { ...rule, table: table ?? mainTable }
}

function routeOf({ action, words, family, at }: RoutingCommand): TableRoute | undefined {
  if (!changes(action)) return undefined
  let type: TableRoute['type'] = 'unicast'
  let destination: string | undefined
  let dev: string | undefined
  let via: string | undefined
  let table: number | undefined
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] as ShellWord
    const value = words[index + 1]
    if (word.text === 'local' || word.text === 'unicast') type = word.text
    else if (word.text === 'dev' || word.text === 'via' || word.text === 'table') {
      if (word.text === 'dev') dev = value?.text
      else if (word.text === 'via') via = value?.text
      else table = tableNumber(value, at)
      index += 1
    } else if (/^(?:scope|proto|protocol|metric|src|mtu)$/.test(word.text)) index += 1
    else if (word.text === 'default') destination = family === 'ipv6' ? '::/0' : '0.0.0.0/0'
    else if (familyOf(word.text.split('/')[0] ?? '') !== undefined && destination === undefined)
      destination = word.text.includes('/') ? word.text : `${word.text}/${family === 'ipv6' ? 128 : 32}`
    else unread(word, `'${word.text}' of ip route is not read`)
  }
  // What goes into the main table is for the pod's own network.
  if (table === undefined || table === mainTable) return undefined
  if (destination === undefined || dev === undefined) unread(at, 'a route has a destination and a dev')
  return { family, table, destination, type, dev, ...(via !== undefined && { via }) }
}

/** Addresses of other interfaces are the pod's own network. */
function addressOf({ action, words }: RoutingCommand): string | undefined {
  if (!changes(action)) return undefined
  const dev = words.findIndex(({ text }) => text === 'dev')
  if (words[dev + 1]?.text !== 'lo') return undefined
  return words.map(({ text }) => text.split('/')[0] ?? '').find((text) => familyOf(text) !== undefined)
}
