import type { Asked } from '../../../netfilter/condition.ts'
import { has, numberOf, wordOf } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { textOf } from '../lowering.ts'
import { type Given, must, not, value } from '../option.ts'

/** The share of packets that it takes: by chance, or every Nth one (statistic_mt in net/netfilter/xt_statistic.c). */
function shareOf(options: readonly Given[]): number {
  const of = (name: string): Given | undefined => options.find(({ option }) => option === name)
  const [probability, every] = [of('--probability'), of('--every')]
  const share = probability === undefined ? 1 / Number(every?.words[0] ?? 1) : Number(probability.words[0])
  return (probability ?? every)?.negated ? 1 - share : share
}

/** All of its options are one question. */
const askedOf = (options: readonly Given[]): Asked => {
  const words = options.flatMap((given) => (given.option === '--mode' ? given.words : [inText(given)]))
  return { subject: '--mode', value: words.join(' '), negated: false }
}

const inText = (given: Given): string => {
  const { subject, value: said, negated } = textOf(given)
  return [...(negated ? ['!'] : []), subject, ...(said === undefined ? [] : [said])].join(' ')
}

/** `-m statistic`. */
export const statistic: MatchExtension = {
  tracks: false,
  options: [
    value('--mode', kinds.oneOf('random', 'nth'), must),
    value('--probability', kinds.decimalFraction(0, 1), { ...not, without: ['--every', '--packet'] }),
    value('--every', kinds.number(32, 1), { ...not, without: ['--probability'], needs: ['--packet'] }),
    value('--packet', kinds.number(32), { without: ['--probability'], needs: ['--every'] }),
  ],
  lower: ({ options }) => [{ asked: askedOf(options), kind: 'chance', share: shareOf(options) }],
  check: (match) => {
    if (wordOf(match, '--mode') === 'random') return has(match, '--probability') ? undefined : 'needs --probability'
    if (!has(match, '--every')) return 'needs --every and --packet'
    return (numberOf(match, '--packet') ?? 0n) < (numberOf(match, '--every') ?? 0n)
      ? undefined
      : 'has a --packet that is not below --every'
  },
}
