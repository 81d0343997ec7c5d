import { inputError } from '../../core/errors.ts'
import { place } from '../../iptables/expand.ts'
import { type Line, placeIn } from './text/line.ts'

const nft =
  /^(?:table (?:ip|ip6|inet|arp|bridge|netdev) [\w./-]+(?: \{|$)|(?:nft )?(?:add|create|insert|flush) (?:table|chain|rule) (?:ip|ip6|inet) |flush ruleset$|#!\S*\/nft\b)/

/** @throws HarnessError (`input`) at the first line of rules that are none of iptables'. */
export function refuseForeign(line: Line): void {
  const { text } = line
  if (text.length > 500 || !nft.test(text)) return
  const at = placeIn(line, 1)
  throw inputError(
    place(at.line, at.column),
    'begins rules of nft, which are not read',
    'where iptables-nft made them, iptables-nft-save and ip6tables-nft-save print the same rules as iptables has them',
  )
}
