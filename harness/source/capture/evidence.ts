import { type Family, familyOf } from '../../core/address.ts'
import { withoutQuotations } from './quotations.ts'

/** Extensions and targets that one family alone has (iptables-extensions(8)). */
const ofOneFamily: Readonly<Record<'-p' | '-m' | '-j', Readonly<Record<string, Family>>>> = {
  '-p': { icmp: 'ipv4', igmp: 'ipv4', 'ipv6-icmp': 'ipv6', icmpv6: 'ipv6', icmp6: 'ipv6' },
  '-m': {
    icmp: 'ipv4',
    realm: 'ipv4',
    ttl: 'ipv4',
    icmp6: 'ipv6',
    icmpv6: 'ipv6',
    'ipv6-icmp': 'ipv6',
    dst: 'ipv6',
    eui64: 'ipv6',
    frag: 'ipv6',
    hbh: 'ipv6',
    hl: 'ipv6',
    ipv6header: 'ipv6',
    mh: 'ipv6',
    rt: 'ipv6',
    srh: 'ipv6',
  },
  '-j': { CLUSTERIP: 'ipv4', TTL: 'ipv4', ULOG: 'ipv4', DNPT: 'ipv6', HL: 'ipv6', SNPT: 'ipv6' },
}

const short: Readonly<Record<string, '-p' | '-m' | '-j'>> = {
  '--protocol': '-p',
  '--match': '-m',
  '--jump': '-j',
  '-p': '-p',
  '-m': '-m',
  '-j': '-j',
}
const optionOf: Readonly<Record<string, Family>> = {
  '--icmp-type': 'ipv4',
  '--icmpv6-type': 'ipv6',
  '-f': 'ipv4',
  '--fragment': 'ipv4',
}

/** What stands behind these is a name or a text, whatever it looks like. */
const opaque = new Set([
  '--comment',
  '--log-prefix',
  '--nflog-prefix',
  '--string',
  '--hex-string',
  '-A',
  '-N',
  '-I',
  '-D',
  '-R',
  '-g',
  '--goto',
])

/**
 * Of which families the rules of a payload speak: by addresses, kinds of ICMP, and what one family alone has.
 * @returns for each the index of the first line that does.
 */
export function familiesIn(lines: readonly string[]): Map<Family, number> {
  const found = new Map<Family, number>()
  for (const [at, line] of lines.entries()) {
    const words = wordsOf(line)
    for (const [index, word] of words.entries()) {
      const family = opaque.has(words[index - 1] ?? '') ? undefined : familyOfWord(word, words[index + 1] ?? '')
      if (family !== undefined && !found.has(family)) found.set(family, at)
    }
  }
  return found
}

function familyOfWord(word: string, next: string): Family | undefined {
  const option = short[word]
  if (option !== undefined) return ofOneFamily[option][next]
  if (word === '--reject-with') return /^icmp6-/.test(next) ? 'ipv6' : /^icmp-/.test(next) ? 'ipv4' : undefined
  return optionOf[word] ?? addressFamily(word.replace(/^-[sd]/, ''))
}

/**
 * `10.0.0.0/8`, `fd00::/8`, several with commas, a range, and what NAT targets take: `10.0.0.1-10.0.0.9:80`,
 * `[fd00::1]:80`.
 */
function addressFamily(word: string): Family | undefined {
  const [, bracketed] = /^\[([^\]]+)\]/.exec(word) ?? []
  // A rule's counters stand in brackets too.
  if (bracketed !== undefined) return familyOf(bracketed)
  const [first = ''] = word.split(',')
  const [address = ''] = first.split(/[/-]/)
  return familyOf(address) ?? familyOf(address.replace(/:\d+$/, ''))
}

/**
 * Whether a payload is written for both families: a rule with `-4` or `-6` is passed over by the other family's restore
 * program, so that one file can hold the rules of both (iptables(8), --ipv4).
 */
export function isForBoth(lines: readonly string[]): boolean {
  return lines.some((line) => wordsOf(line).some((word) => ['-4', '--ipv4', '-6', '--ipv6'].includes(word)))
}

/** The words of a rule, texts in double quotes left out; none of what is no rule. */
function wordsOf(line: string): string[] {
  return /^(?:-|\[)/.test(line) ? withoutQuotations(line).split(/[ \t]+/) : []
}
