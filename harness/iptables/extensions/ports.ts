import { wholeNumber } from '../words/c-numbers.ts'
import type { Interval } from '../../netfilter/interval-set.ts'
import { range } from '../words/print-value.ts'
import { part } from '../words/values.ts'
import { type Word, wrongWord } from '../words/payload-words.ts'
import { over } from './lowering.ts'
import { type Asking, type KnownOption, one } from './option.ts'

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
 * iptables-nft 1.8.9 loads two single ports that are both negated as one comparison of both, which only a packet with
 * the two of them fails; others fail a packet with either.
 */
const takenTogether = 'some versions of iptables-nft load that and the other port as one question, whether it is both'

const isOne = ({ first, last }: Ports): boolean => first === last && first !== 0

/** Whether both ports are asked for, negated, and one number each. */
const isBesideAnother = ({ beside }: Asking): boolean =>
  beside.filter(
    ({ option, negated, value }) =>
      /^--[sd]port$/.test(option) && negated && (value === undefined || isOne(value as Ports)),
  ).length === 2

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
      lower: (ports, asking) => {
        if (!asking.negated || asking.backend === 'legacy') return over(field, asking, [ports])
        // iptables-nft 1.8.9 loads "no port at all" as "any port".
        if (isAny(ports)) return { kind: 'unknown', values: [range(ports, ':')] }
        if (isOne(ports) && isBesideAnother(asking))
          return { kind: 'unknown', values: [range(ports, ':')], why: takenTogether }
        return over(field, asking, [ports])
      },
    }),
  )
