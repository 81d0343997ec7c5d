import { leadingDecimal, leadingNumber } from '../c-numbers.ts'

const classes = /^(CS[0-7]|BE|AF[1-4][1-3]|EF)/i

/** A class of differentiated services; what stands behind its name is passed over (class_to_dscp in extensions/dscp_helper.c). */
export const isDscpClass = (written: string): boolean => classes.test(written)

/** Text with hexadecimal bytes between bars, of at most 128 bytes (parse_hex_string in extensions/libxt_string.c). */
export function isHexString(written: string): boolean {
  const text = Buffer.from(written, 'utf8').toString('latin1')
  let [at, size, isHex] = [0, 0, false]
  if (text === '') return false
  while (at < text.length) {
    if (size >= 128) return false
    let isLiteral = false
    if (text[at] === '\\') {
      if (isHex) return false
      isLiteral = true
    } else if (text[at] === '|') {
      isHex = !isHex
      while (isHex && text[at + 1] === ' ') at += 1
      if (at + 1 >= text.length) break
      at += 1
    }
    if (isLiteral) {
      if (at + 1 >= text.length) return false
      at += 2
    } else if (isHex) {
      if (at + 2 >= text.length || !/^[0-9a-f]{2}$/i.test(text.slice(at, at + 2))) return false
      at += text[at + 2] === ' ' ? 3 : 2
    } else at += 1
    size += 1
  }
  return true
}

const operators = ['&', '<<', '>>', '@']
const mostTests = 10

/** `LOCATION=VALUES&&…`, as u32_parse in extensions/libxt_u32.c reads it. */
export function isU32(written: string): boolean {
  let rest = written
  const skip = (): void => {
    rest = rest.replace(/^[ \t\n\v\f\r]+/, '')
  }
  const takeNumber = (): boolean => {
    const found = leadingNumber(rest)
    if (found === undefined || found.value > 0xffffffffn) return false
    rest = found.rest
    return true
  }
  const take = (what: string): boolean => {
    if (!rest.startsWith(what)) return false
    rest = rest.slice(what.length)
    return true
  }
  for (let tests = 0; ; tests += 1) {
    if (tests > mostTests) return false
    let operands = 0
    for (skip(); !(operands > 0 && take('=')); skip()) {
      if (operands > 0 && !operators.some(take)) return false
      operands += 1
      if (!takeNumber() || operands > mostTests) return false
    }
    let values = 0
    for (skip(); ; skip()) {
      if (rest === '') return values > 0 && tests < mostTests
      if (values > 0 && take('&&')) break
      if (values > 0 && !take(',')) return false
      if (!takeNumber()) return false
      skip()
      if (take(':') && !takeNumber()) return false
      values += 1
      if (values > mostTests) return false
    }
  }
}

/** Part of a date or time: a decimal number up to `last`, and what follows it. */
function part(text: string, last: number): [rest: string] | undefined {
  const found = leadingDecimal(text) ?? { value: 0n, rest: text }
  return found.value <= last ? [found.rest] : undefined
}

/** `YYYY[-MM[-DD[Thh[:mm[:ss]]]]]` (time_parse_date in extensions/libxt_time.c). */
export function isDate(written: string): boolean {
  const year = leadingDecimal(written)
  if (year === undefined || year.value < 1970n || year.value > 2038n) return false
  let rest = year.rest
  for (const [separator, last] of [
    ['-', 12],
    ['-', 31],
    ['T', 23],
    [':', 59],
    [':', 59],
  ] as const) {
    if (rest === '') return true
    const [next] = rest.startsWith(separator) ? (part(rest.slice(1), last) ?? []) : []
    if (next === undefined) return false
    rest = next
  }
  return rest === ''
}

/** The second of the day of `hh:mm[:ss]`, or undefined. */
export function secondOfDay(written: string): number | undefined {
  const [, hour, minute, second = '0'] = /^[ \t]*(\d*):(\d*)(?::(\d*))?$/.exec(written) ?? []
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  return Number(hour) * 3600 + Number(minute) * 60 + Number(second)
}

export const isMonthDay = (entry: string): boolean => {
  const found = leadingNumber(entry.slice(0, 2)) ?? { value: 0n, rest: entry }
  return found.value <= 31n && (found.rest === '' || found.rest.startsWith(','))
}

const days = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su']
export const isWeekday = (entry: string): boolean => {
  const found = leadingNumber(entry.slice(0, 3).replace(/^-/, ''))
  return found?.rest === '' ? found.value > 0n : days.some((day) => entry.startsWith(day))
}

/** `LENGTH,CODE JT JF K,…`: a program of classic BPF (bpf_parse_string in extensions/libxt_bpf.c). */
export function isBpf(written: string): boolean {
  const [, length, rest] = /^[ \t\n]*(\d+),(.*)$/s.exec(written) ?? []
  if (length === undefined || rest === undefined || Number(length) < 1 || Number(length) > 64) return false
  const instructions = rest.split(',')
  if (instructions.at(-1) === '') instructions.pop()
  return instructions.length === Number(length) && instructions.every((one) => /^\s*\d+\s+\d+\s+\d+\s+\d+/.test(one))
}
