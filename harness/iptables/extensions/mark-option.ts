import { hex } from '../../netfilter/format.ts'
import { readMark } from '../words/values.ts'
import { over, single } from './lowering.ts'
import { type KnownOption, one } from './option.ts'

interface Mark {
  value: number
  mask: number
}

/** `--mark VALUE/MASK` */
export const markOption = (field: 'mark' | 'ctmark'): KnownOption<Mark> =>
  one<Mark>({
    option: '--mark',
    required: true,
    read: readMark,
    print: ({ value, mask }) => (mask === 0xffffffff ? hex(value) : `${hex(value)}/${hex(mask)}`),
    lower: ({ value, mask }, asking) => over(field, asking, [single(value)], { mask }),
  })
