import type { Given } from './option.ts'
import { word } from '../words/print-value.ts'

/** An option's value as iptables-save prints it. */
export function valueText({ spec, value, words }: Given): string | undefined {
  if ('print' in spec && value !== undefined) return spec.print(value)
  return words.length === 0 ? undefined : words.map(word).join(' ')
}

/** An option as iptables-save prints it: `! --uid-owner 1500`. */
export function printOption(given: Given): string {
  return [given.negated ? '!' : undefined, given.option, valueText(given)]
    .filter((part) => part !== undefined)
    .join(' ')
}

/** Whether iptables-save leaves an option out, since it is true of every packet. */
export const isLeftOut = ({ spec, value, negated }: Given): boolean =>
  !negated && value !== undefined && 'lower' in spec && spec.isLeftOut?.(value) === true
