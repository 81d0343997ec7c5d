import type { KeptTarget } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import { must, value } from '../option.ts'

const hmarkTuple = kinds.kind('a list of src, dst, sport, dport, spi, proto and ct', (written) =>
  written
    .split(',')
    .every(
      (entry) =>
        entry !== '' &&
        ['src', 'dst', 'sport', 'dport', 'spi', 'proto', 'ct'].some((name) => name.startsWith(entry.toLowerCase())),
    ),
)

/**
 * A tuple is as good as the masks that it stands for, so that none of them follows (hmark_parse in
 * extensions/libxt_HMARK.c).
 */
function repeatedByTuple(names: ReadonlySet<string>, tuple: string): string | undefined {
  const all = [...names]
  const behind = all.slice(all.indexOf('--hmark-tuple') + 1)
  if (!names.has('--hmark-tuple')) return undefined
  const masks = {
    src: 'src-prefix',
    dst: 'dst-prefix',
    sport: 'sport-mask',
    dport: 'dport-mask',
    spi: 'spi-mask',
    proto: 'proto-mask',
  }
  const named = tuple
    .split(',')
    .flatMap((entry) => Object.entries(masks).find(([name]) => name.startsWith(entry.toLowerCase()))?.[1] ?? [])
  return behind.find((option) => named.includes(option.replace('--hmark-', '')))
}

/** `-j HMARK`. */
export const hmark: KeptTarget = {
  options: [
    value('--hmark-tuple', hmarkTuple),
    value('--hmark-mod', kinds.number(32, 1), must),
    value('--hmark-offset', kinds.number(32)),
    value('--hmark-src-prefix', addressKinds.prefix),
    value('--hmark-dst-prefix', addressKinds.prefix),
    ...['sport', 'dport', 'sport-mask', 'dport-mask', 'proto-mask'].map((name) =>
      value(`--hmark-${name}`, kinds.number(16)),
    ),
    ...['spi', 'spi-mask'].map((name) => value(`--hmark-${name}`, kinds.number(32))),
    value('--hmark-rnd', kinds.number(32), must),
  ],
  check: (names, _, values) => {
    const repeated = repeatedByTuple(names, values.get('--hmark-tuple') ?? '')
    if (repeated !== undefined) return `has ${repeated} by --hmark-tuple before it`
    if (names.has('--hmark-spi-mask') && (names.has('--hmark-sport-mask') || names.has('--hmark-dport-mask')))
      return 'has either --hmark-spi-mask or masks of ports'
    return [...names].some((name) => /-(prefix|mask|sport|dport|spi|tuple)$/.test(name))
      ? undefined
      : 'needs --hmark-tuple'
  },
  does: 'unknown',
}
