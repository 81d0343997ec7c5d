import type { Family } from '../../../core/address.ts'
import { familyOf } from '../../../core/address.ts'
import { type TableName, tableOf } from './table-names.ts'

/** A line of what `ip rule` prints (print_rule in iproute2's ip/iprule.c). */
export interface ShownRule {
  priority: number
  fwmark?: number
  mask?: number
  iif?: string
  /** What it looks up; undefined where it does something else. */
  table?: TableName
  /** The family that an address in it shows. */
  family?: Family
  /** It can meet no packet: its interface is not there, or is that of a VRF. */
  isIdle: boolean
  /** What it asks for, or does, beside what is read here: as it is written. */
  unread: readonly string[]
}

const start = /^(\d{1,10}):\s+(?=(?:not\s+)?from\s)/

/** @returns undefined if it is no such line. */
export function shownRule(text: string): ShownRule | undefined {
  const [head = '', priority] = start.exec(text) ?? []
  if (priority === undefined || text.length > 500) return undefined
  const rule: ShownRule & { unread: string[] } = { priority: Number(priority), isIdle: false, unread: [] }
  const words = text.slice(head.length).trim().split(/\s+/)
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string
    const value = words[at + 1] ?? ''
    if (valued.has(word)) at += 1
    if (!take(rule, word, value)) rule.unread.push(valued.has(word) ? `${word} ${value}` : word)
  }
  return rule
}

/** Words that stand before a value. */
const valued = new Set(
  'from to fwmark iif dev oif lookup table proto protocol tos dsfield ipproto sport dport uidrange tun_id realms map-to goto suppress_prefixlength suppress_ifgroup flowlabel dscp'.split(
    ' ',
  ),
)

/** @returns whether a word is understood, and taken. */
function take(rule: ShownRule, word: string, value: string): boolean {
  switch (word) {
    case 'from':
    case 'to': {
      const family = familyOf(value.split('/')[0] ?? '')
      if (family !== undefined) rule.family = family
      return value === 'all' || /^(?:0\.0\.0\.0|::)\/0$/.test(value)
    }
    case 'fwmark': {
      const [mark = '', mask] = value.split('/')
      rule.fwmark = Number(mark)
      if (mask !== undefined) rule.mask = Number(mask)
      return Number.isInteger(rule.fwmark) && Number.isInteger(rule.mask ?? 0)
    }
    case 'iif':
      rule.iif = value
      return true
    case 'lookup':
    case 'table':
      if (value === '[l3mdev-table]') rule.isIdle = true
      else rule.table = tableOf(value)
      return true
    case '[detached]':
      rule.isIdle = true
      return true
    case 'proto':
    case 'protocol':
      return true
    default:
      return false
  }
}
