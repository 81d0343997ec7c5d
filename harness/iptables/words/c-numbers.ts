/** A number at the beginning of a text, and what stands behind it. */
interface Leading {
  value: bigint
  rest: string
}

const largest = 2n ** 64n - 1n
const anyBase = /^[ \t\n\v\f\r]*\+?(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)/i
const decimal = /^[ \t\n\v\f\r]*\+?(\d+)/

/**
 * As strtoumax(3) reads it for libxtables (xtables_strtoul): `0x10` is sixteen, `010` eight; no sign, nothing above 64
 * bits.
 */
export function leadingNumber(text: string): Leading | undefined {
  const [all, digits] = anyBase.exec(text) ?? []
  if (all === undefined || digits === undefined) return undefined
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits)
  return value > largest ? undefined : { value, rest: text.slice(all.length) }
}

/** As strtoul(3) reads it with base ten. */
export function leadingDecimal(text: string): Leading | undefined {
  const [all, digits] = decimal.exec(text) ?? []
  return all === undefined || digits === undefined ? undefined : { value: BigInt(digits), rest: text.slice(all.length) }
}

/** @returns a number that is the whole text, from `first` to `last`; otherwise undefined. */
export function wholeNumber(text: string, last: number | bigint, first: number | bigint = 0): bigint | undefined {
  const found = /^[1-9]\d{0,8}$/.test(text) ? { value: BigInt(text), rest: '' } : leadingNumber(text)
  return found !== undefined && found.rest === '' && found.value >= first && found.value <= last
    ? found.value
    : undefined
}

/** As strtod(3) reads it, without the forms that nobody writes. */
export function leadingDouble(text: string): { value: number; rest: string } | undefined {
  const [all] = /^[ \t\n\v\f\r]*[+-]?(?:0x[0-9a-f]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)/i.exec(text) ?? []
  return all === undefined ? undefined : { value: Number(all), rest: text.slice(all.length) }
}
