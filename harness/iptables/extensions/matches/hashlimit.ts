import { leadingDecimal, leadingNumber } from '../../words/c-numbers.ts'
import { atLeast, wordOf } from '../checks.ts'
import type { Asked, MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, must, not, value } from '../option.ts'

const isByteRate = (written: string): boolean => /^\s*[1-9].*.b\/s/.test(written)
const hashRate = kinds.kind(
  'a rate; write COUNT/second or COUNTkb/s',
  (written) => isByteRate(written) || kinds.isRate(written, 1000000n),
)
/**
 * Packets or, with a letter behind, bytes; iptables looks at no more than one (parse_burst in
 * extensions/libxt_hashlimit.c).
 */
function burstOf(written: string): bigint | undefined {
  const found = leadingNumber(written)
  if (found === undefined || found.value < 1n) return undefined
  return found.value * (found.rest.startsWith('m') ? 1048576n : found.rest.startsWith('k') ? 1024n : 1n)
}

const mostPackets = 1_000_000n
const burst = kinds.kind('a number of packets from 1 to 1000000, or of bytes', (written) => {
  const size = burstOf(written)
  return size !== undefined && size < 2n ** 64n && (leadingNumber(written)?.rest !== '' || size <= mostPackets)
})

/**
 * The rate of bytes as it comes back from what the kernel counts in (cost_to_bytes in extensions/libxt_hashlimit.c).
 */
function byteRateOf(written: string): bigint {
  const factor = /mb\/s/.test(written) ? 1048576n : /kb\/s/.test(written) ? 1024n : 1n
  const cost = 0xffffffffn / ((((leadingDecimal(written)?.value ?? 0n) * factor) >> 4n) + 1n)
  return cost === 0n ? 0n : (0xffffffffn / cost - 1n) << 4n
}

function checkHashlimit(match: Asked): string | undefined {
  const rates = ['--hashlimit-upto', '--hashlimit-above'].map((option) => wordOf(match, option))
  const isOfBytes = rates.some((written) => written !== undefined && isByteRate(written))
  if (!isOfBytes && (burstOf(wordOf(match, '--hashlimit-burst') ?? '1') ?? 0n) > mostPackets)
    return `has a --hashlimit-burst above ${mostPackets} packets`
  const smallest = rates.map((written) => (written !== undefined && isByteRate(written) ? byteRateOf(written) : 0n))
  const bytes = burstOf(wordOf(match, '--hashlimit-burst') ?? '')
  if (isOfBytes && bytes !== undefined && smallest.some((least) => bytes < least))
    return 'has a --hashlimit-burst that is smaller than its rate'
  return atLeast('--hashlimit-upto or --hashlimit-above', '--hashlimit-upto', '--hashlimit-above')(match)
}

/** atoi(3), which cuts a long down to an int. */
const asInt = (written: string): number => {
  const value = leadingDecimal(written)?.value ?? 0n
  return Number(BigInt.asIntN(32, value < 2n ** 63n ? value : 2n ** 63n - 1n))
}

/** `-m hashlimit` (extensions/libxt_hashlimit.c). */
export const hashlimit: MatchExtension = {
  ...kept,
  options: [
    value('--hashlimit-upto', hashRate, { ...not, also: ['--hashlimit'], without: ['--hashlimit-above'] }),
    value('--hashlimit-above', hashRate, { ...not, without: ['--hashlimit-upto'] }),
    value('--hashlimit-burst', burst),
    value(
      '--hashlimit-mode',
      kinds.listOf(
        'a list of srcip, srcport, dstip and dstport',
        (entry) => ['srcip', 'srcport', 'dstip', 'dstport'].includes(entry),
        ',|',
      ),
    ),
    value(
      '--hashlimit-name',
      kinds.kind('a name without /', (written) => written !== '' && !written.includes('/')),
      must,
    ),
    ...['size', 'max'].map((name) => value(`--hashlimit-htable-${name}`, kinds.number(32))),
    // The kernel refuses to never look (hashlimit_mt_check_common in net/netfilter/xt_hashlimit.c).
    ...['gcinterval', 'expire'].map((name) => value(`--hashlimit-htable-${name}`, kinds.number(32, 1))),
    value('--hashlimit-srcmask', addressKinds.prefixLength),
    value('--hashlimit-dstmask', addressKinds.prefixLength),
    flag('--hashlimit-rate-match'),
    value(
      '--hashlimit-rate-interval',
      kinds.kind('a number of seconds above 0', (written) => asInt(written) > 0),
    ),
  ],
  check: checkHashlimit,
}
