import type { StatementOf } from '../../../netfilter/statement.ts'
import { hex } from '../../../netfilter/format.ts'
import { readNumber } from '../../words/values.ts'
import { wrongWord } from '../../words/payload-words.ts'
import { knownTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, value } from '../option.ts'
import { but, printXmark, readXmark, setterOptions, setters } from '../xmark.ts'

const operations = [...setters, '--save-mark', '--restore-mark']

const masks = [
  value('--nfmask', kinds.number(32), { without: ['--mask'] }),
  value('--ctmask', kinds.number(32), { without: ['--mask'] }),
  value('--mask', kinds.number(32), { without: ['--nfmask', '--ctmask'] }),
]

/** `-j CONNMARK` */
export const connmark = knownTarget<StatementOf<'connmark'>>({
  options: [
    ...setterOptions(operations),
    flag('--save-mark', { without: but('--save-mark', operations) }),
    flag('--restore-mark', { without: but('--restore-mark', operations) }),
    value('--left-shift-mark', kinds.number(8, 0, 31)),
    value('--right-shift-mark', kinds.number(8, 0, 31)),
    ...masks,
  ],
  read: (options, at) => {
    const isCopied = options.has('--save-mark') || options.has('--restore-mark')
    const set = readXmark(options)
    if (!isCopied && set === undefined) throw wrongWord(at, `CONNMARK needs one of ${operations.join(', ')}`)
    const isMasked = masks.some(({ option }) => options.has(option))
    if ((set !== undefined && isMasked) || options.has('--left-shift-mark') || options.has('--right-shift-mark'))
      return undefined
    if (set !== undefined) return { kind: 'connmark', action: 'set', ...set }
    const maskOf = (option: string): number => {
      const mask = options.get(option) ?? options.get('--mask')
      return mask === undefined ? 0xffffffff : readNumber(mask, 'mask', 0xffffffff)
    }
    const action = options.has('--save-mark') ? 'save' : 'restore'
    return { kind: 'connmark', action, nfmask: maskOf('--nfmask'), ctmask: maskOf('--ctmask') }
  },
  print: (mark) =>
    mark.action === 'set'
      ? `--set-xmark ${printXmark(mark)}`
      : `--${mark.action}-mark --nfmask ${hex(mark.nfmask)} --ctmask ${hex(mark.ctmask)}`,
  lower: (mark) => mark,
})
