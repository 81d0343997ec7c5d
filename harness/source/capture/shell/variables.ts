import { isIPv4 } from 'node:net'
import type { Family } from '../../../core/address.ts'

/** What is known of a script's variables when a command is read. */
export interface Variables {
  values: Map<string, string>
  /** The pod's addresses; `$POD_IP` is the first one of the family. */
  podIPs: readonly string[]
  family: Family
  /** Is told of a default that a script falls back to, since nothing sets the variable. */
  assumed(name: string, value: string): void
}

/** What stands at a `$` or a backtick: how long it is, its value, and what keeps it from being known. */
export interface Expanded {
  length: number
  value: string
  needs?: { what: string; hint?: string }
}

const name = /[A-Za-z_]\w*/y
const readable = 'only variables that the text sets, $POD_IP and ${POD_IP} are expanded'

export function expandAt(text: string, at: number, variables: Variables): Expanded {
  if (text[at] === '`') return unread(text, at, '`')
  const next = text[at + 1]
  if (next === '{') return braced(text, at, variables)
  if (next === '(') return unread(text, at, '$(')
  name.lastIndex = at + 1
  const [own] = name.exec(text) ?? []
  if (own !== undefined) return { length: own.length + 1, ...valueFor(own, `$${own}`, variables) }
  if (next !== undefined && /[\d@*#?!$-]/.test(next)) return { length: 2, value: '', needs: needed(`$${next}`) }
  return { length: 1, value: '$', needs: needed('$') }
}

function unread(text: string, at: number, opening: string): Expanded {
  const end = opening === '`' ? text.indexOf('`', at + 1) : closing(text, at + 2)
  return {
    length: (end < 0 ? text.length : end + 1) - at,
    value: '',
    needs: { what: `'${opening}' is not read, since no shell runs` },
  }
}

function closing(text: string, from: number): number {
  let depth = 1
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1
    if (text[at] === ')') depth -= 1
    if (depth === 0) return at
  }
  return -1
}

const needed = (written: string) => ({ what: `'${written}' is not read, since no shell runs`, hint: readable })

/**
 * `${NAME}`, `${NAME:-WORD}`, `${NAME-WORD}`, `${NAME:=WORD}`, `${NAME:+WORD}` (POSIX.1-2017, Shell & Utilities 2.6.2).
 */
function braced(text: string, at: number, variables: Variables): Expanded {
  let depth = 1
  let end = at + 2
  while (end < text.length && depth > 0) {
    if (text[end] === '{' && text[end - 1] === '$') depth += 1
    if (text[end] === '}') depth -= 1
    end += 1
  }
  const written = text.slice(at, end)
  const [, own, operator, word = ''] = /^\$\{([A-Za-z_]\w*)(?:(:?[-=+?])([\s\S]*))?\}$/.exec(written) ?? []
  const length = written.length
  if (own === undefined) return { length, value: '', needs: needed(shortened(written)) }
  if (operator === undefined) return { length, ...valueFor(own, written, variables) }
  const set = valueIfSet(own, variables)
  const isSet = set !== undefined && (set !== '' || !operator.startsWith(':'))
  if (operator.endsWith('?')) return isSet ? { length, value: set } : { length, ...valueFor(own, written, variables) }
  if (operator.endsWith('+')) return isSet ? { length, ...expandWord(word, variables) } : { length, value: '' }
  if (isSet) return { length, value: set }
  const expanded = expandWord(word, variables)
  if (expanded.needs === undefined) {
    variables.assumed(own, expanded.value)
    if (operator.endsWith('=')) variables.values.set(own, expanded.value)
  }
  return { length, ...expanded }
}

/** A word in braces, with its own expansions and without its quotes. */
function expandWord(word: string, variables: Variables): Pick<Expanded, 'value' | 'needs'> {
  let value = ''
  for (let at = 0; at < word.length; ) {
    if (word[at] === '$' || word[at] === '`') {
      const found = expandAt(word, at, variables)
      if (found.needs !== undefined) return found
      value += found.value
      at += found.length
    } else {
      if (word[at] !== '"' && word[at] !== "'") value += word[at]
      at += 1
    }
  }
  return { value }
}

function valueFor(own: string, written: string, variables: Variables): Pick<Expanded, 'value' | 'needs'> {
  const value = valueIfSet(own, variables)
  if (value !== undefined) return { value }
  if (own === 'POD_IP')
    return {
      value: '',
      needs: { what: `${written} has no value, since no ${variables.family} address of the pod is given` },
    }
  return {
    value: '',
    needs: {
      what: `'${shortened(written)}' is not read, since no shell runs and nothing in the text sets ${shortened(own)}`,
      hint: readable,
    },
  }
}

function valueIfSet(own: string, { values, podIPs, family }: Variables): string | undefined {
  const set = values.get(own)
  if (set !== undefined || own !== 'POD_IP') return set
  return podIPs.find((address) => isIPv4(address) === (family !== 'ipv6'))
}

const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
