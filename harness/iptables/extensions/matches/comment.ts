import { quoted } from '../../words/print-value.ts'
import type { MatchExtension } from '../extension.ts'
import { byOption } from '../lowering.ts'
import { one } from '../option.ts'

/** `-m comment` */
export const comment: MatchExtension = {
  options: [
    one<string>({
      option: '--comment',
      invertible: false,
      required: true,
      isText: true,
      // iptables cuts off what is longer.
      read: ({ text }) => Buffer.from(text).subarray(0, 255).toString(),
      print: quoted,
      lower: (text) => ({ kind: 'comment', text }),
    }),
  ],
  tracks: false,
  lower: byOption,
}
