import { part } from './values.ts'
import { type Word, wrongWord } from './words.ts'

const sources = ['-s', '--source', '--src']
const destinations = ['-d', '--destination', '--dst']

/**
 * A rule with a list of addresses is several rules, one for each address, or for each pair of them (generate_entry in
 * iptables/iptables.c): `-s A,B -d C,D` is A to C, A to D, B to C, B to D.
 * @returns the words of each.
 * @throws HarnessError (`input`) with line and column where such a rule negates an address.
 */
export function withoutLists(words: readonly Word[]): (readonly Word[])[] {
  const rules = split(words, sources).flatMap((rule) => split(rule, destinations))
  const negated = words.find(
    (_, index) => words[index - 1]?.text === '!' && [...sources, ...destinations].includes(words[index]?.text ?? ''),
  )
  if (rules.length > 1 && negated !== undefined) throw wrongWord(negated, `a rule with a list of addresses cannot negate ${negated.text}`)
  return rules
}

function split(words: readonly Word[], options: readonly string[]): (readonly Word[])[] {
  const at = words.findIndex(({ text }, index) => text.includes(',') && options.includes(words[index - 1]?.text ?? ''))
  const list = words[at]
  if (list === undefined) return [words]
  return list.text.split(',').map((address) => words.with(at, part(list, address)))
}
