import { targets } from './targets.ts'
import { type Word, wrongWord } from './words.ts'

/** @throws HarnessError (`input`) with line and column for a name that iptables gives no chain (assert_valid_chain_name in iptables/xshared.c). */
export function checkChainName(word: Word): void {
  const { text } = word
  if (text.length > 28) throw wrongWord(word, `'${text}' is too long; a chain's name has at most 28 characters`)
  if (text === '' || /^[-!]|\s/.test(text))
    throw wrongWord(word, `'${text}' is no chain's name; it has no blanks and begins with no '-' or '!'`)
  if (Object.hasOwn(targets, text)) throw wrongWord(word, `'${text}' is no chain's name: it is a target's`)
}
