import type { Interval } from '../../../netfilter/interval-set.ts'
import { range } from '../../words/print-value.ts'
import { withoutServiceNames } from '../../words/services.ts'
import { type Word, wrongWord } from '../../words/payload-words.ts'
import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import { isServiceName } from '../port-kinds.ts'
import { byOption, over } from '../lowering.ts'
import { type Around, one } from '../option.ts'
import { readPorts } from '../ports.ts'

/** Those with ports: tcp, udp, dccp, sctp, udplite. */
const protocols = [6, 17, 33, 132, 136]

/** Up to 15 of them, where a range counts twice (XT_MULTI_PORTS). */
function readList(word: Word, { protocol, otherProtocols }: Around): Interval<number>[] | undefined {
  if (otherProtocols || !protocols.includes(protocol))
    throw wrongWord(word, '-m multiport needs -p tcp, udp, udplite, sctp or dccp before its ports')
  const entries = (
    protocol === 6 || protocol === 17 ? withoutServiceNames(word.text, protocol === 6 ? 'tcp' : 'udp') : word.text
  ).split(',')
  const ranges = entries.flatMap((entry) => (entry.split(':').some(isServiceName) ? [] : [readPorts(word, entry, ':')]))
  if (
    ranges.some(({ first, last }, index) => first === last && entries[index]?.includes(':')) &&
    ranges.length === entries.length
  )
    throw wrongWord(word, `a range of one port in '${word.text}' is not accepted by multiport`)
  const slots = entries.reduce((sum, entry) => sum + (entry.includes(':') ? 2 : 1), 0)
  if (slots > 15)
    throw wrongWord(word, `multiport holds 15 ports, a range counting as two, and this list takes ${slots}`)
  return ranges.length < entries.length ? undefined : ranges
}

const list = (
  option: string,
  also: readonly string[],
  field: 'sport' | 'dport' | 'anyPort',
  ...without: readonly string[]
) =>
  one<Interval<number>[]>({
    option,
    also,
    without,
    read: readList,
    print: (ranges) => ranges.map((ports) => range(ports, ':')).join(','),
    lower: (ranges, asking) => over(field, asking, ranges),
  })

/** `-m multiport` */
export const multiport: MatchExtension = {
  options: [
    list('--sports', ['--source-ports'], 'sport', '--dports', '--ports'),
    list('--dports', ['--destination-ports'], 'dport', '--sports', '--ports'),
    list('--ports', [], 'anyPort', '--sports', '--dports'),
  ],
  protocols,
  check: needsAny('--sports, --dports or --ports'),
  tracks: false,
  lower: byOption,
}
