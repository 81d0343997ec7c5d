import { wholeNumber } from '../words/c-numbers.ts'
import type { Interval } from '../../netfilter/interval-set.ts'
import { range } from '../words/print-value.ts'
import { part } from '../words/values.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'
import { over } from './lowering.ts'
import { type KnownOption, one } from './option.ts'

type Ports = Interval<number>

function readPort(word: Word, text: string): number {
  const port = wholeNumber(text, 65535)
  if (port === undefined) throw wrongWord(part(word, text), `'${text}' is no port; ports are numbers up to 65535`)
  return Number(port)
}

/**
 * `80`, `80:90`; with another separator as in `80-90`.
 * @param open whether an end may be left out, as in `80:`.
 */
export function readPorts(word: Word, text: string, separator: ':' | '-', open = false): Ports {
  const [from = '', to, ...rest] = text.split(separator)
  if (text === '' || rest.length > 0) throw wrongWord(word, `'${text}' is no port and no range of ports`)
  const first = open && from === '' && to !== undefined ? 0 : readPort(word, from)
  const last = to === undefined ? first : open && to === '' ? 65535 : readPort(word, to)
  if (last < first) throw wrongWord(part(word, text), `the range '${text}' ends before it begins`)
  return { first, last }
}

const isAny = ({ first, last }: Ports): boolean => first === 0 && last === 65535

/**
 * The options of `-m tcp` and `-m udp` that ask for a port or a range of them. @param read undefined where a machine
 * would have to look a name up.
 */
export const portOptions = (read: (word: Word) => Ports | undefined): KnownOption<Ports>[] =>
  (
    [
      ['--sport', '--source-port', 'sport'],
      ['--dport', '--destination-port', 'dport'],
    ] as const
  ).map(([option, other, field]) =>
    one({
      option,
      also: [other],
      read,
      print: (ports) => range(ports, ':'),
      isLeftOut: isAny,
      lower: (ports, asking) =>
        // iptables-nft 1.8.9 loads "no port at all" as "any port".
        asking.negated && isAny(ports) && asking.backend !== 'legacy'
          ? { kind: 'unknown', values: [range(ports, ':')] }
          : over(field, asking, [ports]),
    }),
  )
