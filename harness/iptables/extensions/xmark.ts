import { hex } from '../../netfilter/format.ts'
import { readMark, readNumber } from '../words/values.ts'
import type { TargetOptions } from './extension.ts'
import * as kinds from './kinds.ts'
import { type KeptOption, value } from './option.ts'

/** What MARK and CONNMARK make of a mark: `(mark & ~mask) ^ value`. */
export interface Xmark {
  value: number
  mask: number
}

export const setters = ['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark'] as const
export const but = (option: string, options: readonly string[]): string[] => options.filter((other) => other !== option)

/** @param together options of which a rule has one. */
export const setterOptions = (together: readonly string[]): KeptOption[] =>
  setters.map((name) =>
    value(name, name.startsWith('--set') ? kinds.mark : kinds.number(32), { without: but(name, together) }),
  )

/** `--set-xmark`, and the ways to say it that iptables turns into it. */
export function readXmark(options: TargetOptions): Xmark | undefined {
  const name = setters.find((option) => options.has(option))
  const word = name === undefined ? undefined : options.get(name)
  if (word === undefined) return undefined
  if (name === '--set-xmark') return readMark(word)
  if (name === '--set-mark') {
    const { value, mask } = readMark(word)
    return { value, mask: (mask | value) >>> 0 }
  }
  const bits = readNumber(word, 'mark', 0xffffffff)
  if (name === '--and-mark') return { value: 0, mask: ~bits >>> 0 }
  return { value: bits, mask: name === '--or-mark' ? bits : 0 }
}

export const printXmark = ({ value, mask }: Xmark): string => `${hex(value)}/${hex(mask)}`
