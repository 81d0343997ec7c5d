import type { Line } from '../text/line.ts'
import type { ScriptStep } from '../units.ts'
import type { ShellWord } from './syntax.ts'
import { wrongAt } from '../../../iptables/words/place.ts'

/** `NAME=VALUE` or `NAME+=VALUE` */
export const assignment = /^([A-Za-z_]\w*)(\+?)=([\s\S]*)$/

/** A word that is a text of its own, in its lines; each of them stands where the word does. */
export function linesOf({ text, line, column }: ShellWord): Line[] {
  return text
    .split('\n')
    .map((own, index) => ({ text: own, number: line + index, shifts: index === 0 ? [[{ from: 1, by: column }]] : [] }))
}

export const lineOf = (lines: readonly Line[], number: number): Line =>
  lines.find((line) => line.number === number) ?? { text: '', number, shifts: [] }

/** @throws HarnessError (`input`) at the first word that only a shell knows. */
export function refuseNeeds(words: readonly ShellWord[]): void {
  const needs = words.find((word) => word.needs !== undefined)?.needs
  if (needs !== undefined) throw wrongAt(needs, needs.what, needs.hint)
}

/** `then iptables …`, `do iptables …`, `A=b iptables …`: the command behind. */
export function withoutKeywords(words: readonly ShellWord[]): ShellWord[] {
  let start = 0
  while (start < words.length - 1) {
    const word = words[start] as ShellWord
    const isKeyword =
      word.isPlain && ['then', 'do', 'else', 'elif', 'if', 'while', 'until', '{', '!'].includes(word.text)
    if (!isKeyword && !assignment.test(word.text)) break
    start += 1
  }
  return words.slice(start)
}

/** Programs whose end is an answer; any other is taken to have done what it was asked to. */
const asking = new Set([
  '[',
  '[[',
  'test',
  'grep',
  'egrep',
  'command',
  'which',
  'type',
  'diff',
  'cmp',
  'pgrep',
  'pidof',
  'read',
])

export function endOf(words: readonly ShellWord[]): NonNullable<ScriptStep['ends']> {
  const name = words[0]?.text ?? ''
  if (name === 'false') return 'badly'
  return asking.has(name) ? 'unknown' : 'well'
}
