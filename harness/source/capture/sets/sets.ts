import type { IpSet, SetMember } from '../../../flow/ip-set.ts'
import { type Word, payloadWords } from '../../../iptables/words/payload-words.ts'
import type { Damage } from '../damage.ts'
import { type Line, placeIn } from '../text/line.ts'
import { readMember, WrongMember } from './member.ts'
import { readSetOptions, setTypeOf } from './set-options.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

/** Members of all sets that are read; a set has room for 65,536 by default (IPSET_DEFAULT_MAXELEM). */
const mostMembers = 200_000
const mostSets = 4096
/** IPSET_MAXNAMELEN, its end left out. */
const nameBytes = 31

/** A set as far as it has been read. */
type Draft = Omit<IpSet, 'members'> & { members: Map<string, SetMember> }

/** Behind a member: how long it stays, what it counts, and the like. */
const withValue = new Set([
  'timeout',
  'packets',
  'bytes',
  'comment',
  'skbmark',
  'skbprio',
  'skbqueue',
  'before',
  'after',
])

const create = /^(?:create|-N|--create|n|new)$/
const add = /^(?:add|-A|--add|a)$/

/** The sets that a text says the members of: what `ipset save` and `ipset list` print, and commands that make them. */
export class Sets {
  readonly damages: Damage[] = []
  readonly #sets = new Map<string, Draft>()
  /** Why nothing is known of what is in a set. */
  readonly #unread = new Map<string, string>()
  #members = 0
  #replaced = 0
  #listing: { name?: string; type?: string; hasMembers: boolean } | undefined

  /** By name, those first that others hold. */
  get all(): IpSet[] {
    const sets = [...this.#sets.values()].map(
      ({ members, ...set }): IpSet => ({ ...set, members: [...members.values()] }),
    )
    return sets.toSorted((a, b) => Number(a.type === 'list:set') - Number(b.type === 'list:set'))
  }

  get unread(): ReadonlyMap<string, string> {
    return this.#unread
  }

  get notes(): string[] {
    if (this.#sets.size === 0) return []
    const [sets, members] = [this.#sets.size, this.#members]
    return [
      `read beside the rules: ${sets === 1 ? 'a set' : `${sets} sets`} with ${members === 1 ? 'one member' : `${members} members`}, as they were then; none expires here`,
      ...(this.#replaced > 0 ? ['the text has a set several times; the last is read'] : []),
    ]
  }

  /** @returns whether it is a line that a set is said by. */
  takes(line: Line): boolean {
    const { text } = line
    if (this.#listing !== undefined) {
      if (this.#list(line)) return true
      this.#listing = undefined
    }
    const [, name] = /^Name:\s+(\S{1,31})$/.exec(text) ?? []
    if (name !== undefined) {
      this.#listing = { name, hasMembers: false }
      return true
    }
    if (!/^(?:(?:-exist|-!)\s+)?(?:create|add|flush|destroy|del|-N|-A)\s+\S+/.test(text) || text.length > 2000)
      return false
    const words = wordsOf(line)
    if (!this.#isOurs(words.filter(({ text: own }) => !isSwitch(own)))) return false
    this.command(words)
    return true
  }

  /** In a text of other things, `add` begins a sentence as well. */
  #isOurs([verb, name, third, ...more]: readonly Word[]): boolean {
    if (verb === undefined || name === undefined) return false
    if (create.test(verb.text))
      return /^(?:hash|bitmap|list):/.test(third?.text ?? '') || setTypeOf(third?.text ?? '') !== undefined
    const isKnown = this.#sets.has(name.text) || this.#unread.has(name.text)
    if (/^(?:flush|destroy)$/.test(verb.text)) return isKnown && third === undefined
    if (verb.text.startsWith('-')) return isKnown && third !== undefined && !/^-[jpsdmio]$/.test(third.text)
    return (
      third !== undefined &&
      (isKnown || (/^[\d.:a-f/]+(?:[,-].*)?$/.test(third.text) && /[.:]/.test(third.text))) &&
      more.length < 20
    )
  }

  /** @param words of a command, behind `ipset`. @returns whether it changes something. */
  command(words: readonly (Word & { needs?: unknown })[]): boolean {
    const [verb, name, third, ...more] = words.filter(({ text }) => !isSwitch(text))
    if (verb === undefined || name === undefined) return false
    const isExisting = words.some(({ text }) => text === '-exist' || text === '-!' || text === '--exist')
    if (words.some(({ needs }) => needs !== undefined)) {
      if (create.test(verb.text) || add.test(verb.text) || /^(?:del|-D)$/.test(verb.text))
        this.#giveUp(name.text, `what a shell would put into it at line ${verb.line} is not known`)
      return true
    }
    if (create.test(verb.text)) this.#create(name, third, more, isExisting)
    else if (add.test(verb.text)) this.#add(name, third, more)
    else if (/^(?:del|-D|--del|d)$/.test(verb.text)) this.#delete(name, third)
    else if (/^(?:flush|-F|--flush|f)$/.test(verb.text)) this.#flush(name.text)
    else if (/^(?:destroy|-X|--destroy|x)$/.test(verb.text)) this.#forget(name.text)
    else if (/^(?:swap|-W|--swap|w|rename|-E|--rename|e)$/.test(verb.text)) this.#swap(name.text, third?.text ?? '')
    else return false
    return true
  }

  #create(name: Word, type: Word | undefined, more: readonly Word[], isExisting: boolean): void {
    if (isExisting && this.#sets.has(name.text)) return
    if (this.#sets.has(name.text)) this.#replaced += 1
    this.#forget(name.text)
    if (Buffer.byteLength(name.text) > nameBytes)
      return this.#damage(name, `the name of a set has at most ${nameBytes} bytes`, 'the set is left out')
    if (this.#sets.size >= mostSets) throw wrongAt(name, `more than ${mostSets} sets are not read`)
    const known = setTypeOf(type?.text ?? '')
    if (known === undefined)
      return this.#giveUp(name.text, `it is of type ${(type?.text ?? '').slice(0, 40)}, which is not known here`)
    try {
      this.#sets.set(name.text, { ...readSetOptions(name.text, known, more), members: new Map() })
    } catch (thrown) {
      if (!(thrown instanceof WrongMember)) throw thrown
      this.#giveUp(name.text, thrown.message)
    }
  }

  #add(name: Word, entry: Word | undefined, options: readonly Word[]): void {
    const set = this.#sets.get(name.text)
    if (this.#unread.has(name.text)) return
    if (set === undefined)
      return this.#damage(
        name,
        `nothing creates the set ${name.text.slice(0, 40)} that this adds to`,
        'the member is left out',
      )
    if (entry === undefined) return this.#damage(name, 'names no member', 'the line is left out')
    this.#orDamage(entry, () => {
      const more = memberOptions(options)
      for (const member of readMember(set.type, set.family, entry.text)) {
        const own = more.isBeginning ? withBeginning(member) : member
        if (more.nomatch && !set.type.includes('net'))
          throw new WrongMember(`nomatch is not for members of ${set.type}`)
        const key = JSON.stringify(own.parts)
        if (!set.members.has(key)) this.#members += 1
        set.members.set(key, {
          ...own,
          ...(more.nomatch && { nomatch: true }),
          ...(more.counters && { counters: more.counters }),
        })
      }
    })
    if (this.#members > mostMembers) throw wrongAt(entry, `more than ${mostMembers} members of sets are not read`)
  }

  #delete(name: Word, entry: Word | undefined): void {
    const set = this.#sets.get(name.text)
    if (set === undefined || entry === undefined) return
    this.#orDamage(entry, () => {
      for (const { parts } of readMember(set.type, set.family, entry.text))
        if (set.members.delete(JSON.stringify(parts))) this.#members -= 1
        else if (parts.some((part) => 'last' in part || ('prefix' in part && part.is === 'ip')))
          this.#giveUp(name.text, `which of its members line ${entry.line} takes away is not known`)
    })
  }

  #flush(name: string): void {
    const set = this.#sets.get(name)
    if (set === undefined) return
    this.#members -= set.members.size
    set.members.clear()
  }

  #forget(name: string): void {
    this.#flush(name)
    this.#sets.delete(name)
    this.#unread.delete(name)
  }

  /** Swaps two sets, or renames one. */
  #swap(one: string, other: string): void {
    const [a, b] = [this.#sets.get(one), this.#sets.get(other)]
    this.#sets.delete(one)
    this.#sets.delete(other)
    if (a !== undefined) this.#sets.set(other, { ...a, name: other })
    if (b !== undefined) this.#sets.set(one, { ...b, name: one })
  }

  #giveUp(name: string, why: string): void {
    this.#forget(name)
    this.#unread.set(name, why)
  }

  /** A line of `ipset list`. @returns whether it is one. */
  #list(line: Line): boolean {
    const listing = this.#listing
    if (listing === undefined) return false
    const { text } = line
    if (listing.hasMembers) {
      if (text === '' || /^Name:/.test(text)) return false
      const words = wordsOf(line)
      const [entry, ...options] = words
      if (entry === undefined || !/^[\w.:/,-]+$/.test(entry.text)) return false
      this.#add({ ...entry, text: listing.name ?? '' }, entry, options)
      return true
    }
    const [, title = '', value = ''] =
      /^(Type|Revision|Header|Size in memory|References|Number of entries|Default|Members):\s*(.*)$/.exec(text) ?? []
    if (title === 'Type') listing.type = value
    if (title === 'Header') {
      const at = placeIn(line, 1)
      const words = payloadWords(value, line.number).map((word): Word => ({ ...word, ...at }))
      this.#create({ ...at, text: listing.name ?? '' }, { ...at, text: listing.type ?? '' }, words, false)
    }
    listing.hasMembers = title === 'Members'
    return title !== ''
  }

  #orDamage(at: Word, read: () => void): void {
    try {
      read()
    } catch (thrown) {
      if (!(thrown instanceof WrongMember)) throw thrown
      this.#damage(at, thrown.message, 'the member is left out')
    }
  }

  #damage({ line, column }: Word, what: string, assumed: string): void {
    this.damages.push({ line, column, what, assumed })
  }
}

const wordsOf = (line: Line): Word[] =>
  payloadWords(line.text, line.number).map((word) => ({ ...word, ...placeIn(line, word.column) }))

const isSwitch = (text: string): boolean => /^(?:-exist|--exist|-!|-q|-quiet|-o|-r|-s|-t|-n|-f)$/.test(text)

interface MemberOptions {
  nomatch: boolean
  isBeginning: boolean
  counters?: { packets: string; bytes: string }
}

function memberOptions(words: readonly Word[]): MemberOptions {
  const found = { nomatch: false, isBeginning: false }
  const counted = new Map<string, string>()
  for (let index = 0; index < words.length; index += 1) {
    const option = words[index]?.text.replace(/^--/, '') ?? ''
    if (option === 'nomatch') found.nomatch = true
    else if (option === 'wildcard') found.isBeginning = true
    else if (withValue.has(option)) {
      index += 1
      counted.set(option, words[index]?.text ?? '')
    } else throw new WrongMember(`'${option.slice(0, 40)}' is no option of a member`)
  }
  const [packets = '0', bytes = '0'] = [counted.get('packets'), counted.get('bytes')]
  const isCounted =
    (counted.has('packets') || counted.has('bytes')) && /^\d{1,19}$/.test(packets) && /^\d{1,19}$/.test(bytes)
  return { ...found, ...(isCounted && { counters: { packets, bytes } }) }
}

const withBeginning = ({ parts, ...member }: SetMember): SetMember => ({
  ...member,
  parts: parts.map((part) => (part.is === 'iface' ? { ...part, isBeginning: true } : part)),
})
