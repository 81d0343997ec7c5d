import type { Family } from '../../core/address.ts'
import { findTarget } from '../syntax/targets.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'

/**
 * @throws HarnessError (`input`) with line and column for a name that iptables gives no chain (assert_valid_chain_name
 * in iptables/xshared.c).
 */
export function checkChainName(word: Word, family: Family): void {
  const { text } = word
  if (Buffer.byteLength(text) > 28)
    throw wrongWord(word, `'${text}' is too long; a chain's name has at most 28 characters`)
  if (text === '' || /^[-!]|[ \t\n\v\f\r]/.test(text))
    throw wrongWord(word, `'${text}' is no chain's name; it has no blanks and begins with no '-' or '!'`)
  if (findTarget(text, family) !== undefined) throw wrongWord(word, `'${text}' is no chain's name: it is a target's`)
}
