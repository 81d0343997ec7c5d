import type { MatchExtension } from '../extension.ts'
import { wholeNumber } from '../../words/c-numbers.ts'
import * as kinds from '../kinds.ts'
import { over, single, textOf } from '../lowering.ts'
import { mustNot, value } from '../option.ts'

/** `-m tos`. */
export const tos: MatchExtension = {
  options: [value('--tos', kinds.tos, mustNot)],
  tracks: false,
  lower: ({ options }, { family }) =>
    options.map((given) => {
      const { value: wanted, mask } = readTos(given.words[0] ?? '')
      const met = every.filter((tos) => (tos & mask) === wanted)
      return { asked: textOf(given), ...over('tos', { ...given, family }, met.map(single)) }
    }),
}

const every = Array.from({ length: 0x100 }, (_, tos) => tos)

/** linux/ip.h; of those bits that a name stands for, ECN counts, and the upper two of precedence do not. */
const named: Readonly<Record<string, number>> = {
  'minimize-delay': 0x10,
  'maximize-throughput': 0x08,
  'maximize-reliability': 0x04,
  'minimize-cost': 0x02,
  'normal-service': 0x00,
}

/** As `kinds.tos` takes it (tos_parse_symbolic in extensions/tos_values.c). */
function readTos(written: string): { value: number; mask: number } {
  const [value = '', mask = '0xff'] = written.split('/')
  const byName = named[value.toLowerCase()]
  if (byName !== undefined) return { value: byName, mask: 0x3f }
  return { value: Number(wholeNumber(value, 255)), mask: Number(wholeNumber(mask, 255)) }
}
