import { type Line, placeIn } from './text/line.ts'
import { wrongAt } from '../../iptables/words/place.ts'

const nft =
  /^(?:table (?:ip|ip6|inet|arp|bridge|netdev) [\w./-]+(?: \{|$)|(?:nft )?(?:add|create|insert|flush) (?:table|chain|rule) (?:ip|ip6|inet) |flush ruleset$|#!\S*\/nft\b)/

/** What iptables-nft keeps its rules in (nft_ipv4_tables in iptables/nft.c). */
const ofIptables = /\bip6? (?:filter|nat|mangle|raw|security)\b/

/** @throws HarnessError (`input`) at the first line of what is no one ruleset of iptables'. */
export function refuseForeign(line: Line): void {
  const { text } = line
  if (/^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/.test(text.slice(0, 100))) {
    throw wrongAt(
      placeIn(line, 1),
      'begins what differs between two rulesets, and holds neither of them whole',
      'paste one of the two files that were compared',
    )
  }
  const found = nftProblem(text)
  if (found !== undefined) throw wrongAt(placeIn(line, 1), found.what, found.hint)
}

/** What there is to say of a line with which rules of nft begin. */
export function nftProblem(line: string): { what: string; hint: string } | undefined {
  if (line.length > 500 || !nft.test(line)) return undefined
  const hint = ofIptables.test(line)
    ? 'iptables-nft made them: capture iptables-nft-save and ip6tables-nft-save, which print the same rules'
    : 'a program that speaks nft itself made them, and no save of iptables has them; ask about rules of iptables'
  return { what: 'begins rules of nft, which are not read', hint }
}
