import type { Family } from '../../core/address.ts'
import { leadingDecimal, leadingDouble, leadingNumber, wholeNumber } from '../words/c-numbers.ts'

/** What an option's value may be, as libxtables reads it (XTTYPE_* in libxtables/xtoptions.c), in words and in code. */
export interface Kind {
  what: string
  accepts(text: string, family: Family): boolean
}

export const kind = (what: string, accepts: Kind['accepts']): Kind => ({ what, accepts })

export const largest = { 8: 0xff, 16: 0xffff, 32: 0xffffffff, 64: 2n ** 64n - 1n } as const

/** A number of so many bits, or in a range. */
export function number(bits: keyof typeof largest, first: number = 0, last: number | bigint = largest[bits]): Kind {
  return kind(`a number from ${first} to ${last}`, (text) => wholeNumber(text, last, first) !== undefined)
}

/** The numbers of `A`, `A:B`, `:B` and `A:`, where libxtables reads them so. @returns undefined for anything else. */
export function pair(text: string, bits: keyof typeof largest): readonly [first: bigint, last?: bigint] | undefined {
  const parts = text.split(':')
  if (parts.length > 2) return undefined
  const numbers = parts.map((part, index) =>
    part === '' ? (index === 1 ? BigInt(largest[bits]) : 0n) : wholeNumber(part, largest[bits]),
  )
  const [first, last] = numbers
  if (numbers.includes(undefined) || first === undefined) return undefined
  return parts.length === 1 ? [first] : [first, last as bigint]
}

/** One number, or two of them with a colon between. @param ordered whether the second may be no smaller. */
export function numbers(bits: keyof typeof largest, ordered = false): Kind {
  return kind(`a number up to ${largest[bits]}, or two with ':' between them`, (text) => {
    const found = pair(text, bits)
    return found !== undefined && !(ordered && found[1] !== undefined && found[1] < found[0])
  })
}

/** Any text of so many bytes. */
export function text(first = 0, last = Number.POSITIVE_INFINITY): Kind {
  return kind(
    last === Number.POSITIVE_INFINITY ? `a text of at least ${first} bytes` : `a text of ${first} to ${last} bytes`,
    (written) => {
      const size = Buffer.byteLength(written)
      return size >= first && size <= last
    },
  )
}

export const oneLine = (first: number): Kind =>
  kind(
    `a text of at least ${first} bytes on one line`,
    (written) => Buffer.byteLength(written) >= first && !written.includes('\n'),
  )

export const oneOf = (...names: readonly string[]): Kind =>
  kind(`one of ${names.join(', ')}`, (written) => names.includes(written))

/** Whatever case it is written in. */
export const oneOfAnyCase = (...names: readonly string[]): Kind =>
  kind(`one of ${names.join(', ')}`, (written) => names.some((name) => name.toLowerCase() === written.toLowerCase()))

/** A list with commas, split as strtok(3) does: empty entries are passed over. */
export const listOf = (what: string, accepts: (entry: string, family: Family) => boolean, separators = ','): Kind =>
  kind(what, (written, family) =>
    [...new Set(separators)]
      .reduce<readonly string[]>((entries, separator) => entries.flatMap((entry) => entry.split(separator)), [written])
      .every((entry) => entry === '' || accepts(entry, family)),
  )

export const decimalFraction = (first: number, last: number): Kind =>
  kind(`a number from ${first} to ${last}`, (written) => {
    const found = leadingDouble(written)
    return found !== undefined && found.rest === '' && found.value >= first && found.value <= last
  })

/** `VALUE` or `VALUE/MASK`. */
export const mark: Kind = kind('a mark; write VALUE or VALUE/MASK', isMark)

function isMark(written: string): boolean {
  const value = leadingNumber(written)
  if (value === undefined || value.value > largest[32]) return false
  return (
    value.rest === '' || (value.rest.startsWith('/') && wholeNumber(value.rest.slice(1), largest[32]) !== undefined)
  )
}

/** A mark, or a name of it that a file of the machine's may know. */
export const namedMark: Kind = kind(
  'a number, VALUE/MASK or a name',
  (written) => isMark(written) || /^[A-Za-z]/.test(written),
)

/** `0x10`, `0x10/0x3f`, or one of five names. */
export const tos: Kind = kind('a type of service; write VALUE, VALUE/MASK or one of its names', (written) => {
  const value = leadingNumber(written)
  if (value !== undefined && value.value <= 255n)
    return value.rest === '' || (value.rest.startsWith('/') && wholeNumber(value.rest.slice(1), 255) !== undefined)
  return ['minimize-delay', 'maximize-throughput', 'maximize-reliability', 'minimize-cost', 'normal-service'].includes(
    written.toLowerCase(),
  )
})

export const device: Kind = kind(
  'the name of an interface, of at most 15 bytes',
  (written) => Buffer.byteLength(written) <= 15,
)

export const logLevel: Kind = kind(
  'a log level: a number from 0 to 7, or its name',
  (written) =>
    wholeNumber(written, 7) !== undefined ||
    ['alert', 'crit', 'debug', 'emerg', 'error', 'info', 'notice', 'panic', 'warning'].includes(written),
)

/** `10/sec` and the like; whatever the unit begins with (parse_rate in extensions/libxt_limit.c). */
export function isRate(written: string, scale: bigint): boolean {
  const slash = written.indexOf('/')
  const unit = slash < 0 ? 'second' : written.slice(slash + 1).toLowerCase()
  const found = (Object.entries({ second: 1n, minute: 60n, hour: 3600n, day: 86400n }) as [string, bigint][]).find(
    ([name]) => name.startsWith(unit),
  )
  const count = leadingDecimal(written)?.value ?? 0n
  return unit !== '' && found !== undefined && count > 0n && (scale * found[1]) / count > 0n
}
