import { wholeNumber } from '../../words/c-numbers.ts'
import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { value } from '../option.ts'

const stripped = ['wscale', 'mss', 'sack-permitted', 'sack', 'timestamp', 'md5']
const tcpOptions = kinds.kind('a list of TCP options, none of them twice', (written) => {
  const entries = written
    .split(',')
    .map((entry) =>
      stripped.includes(entry)
        ? { wscale: 3n, mss: 2n, 'sack-permitted': 4n, sack: 5n, timestamp: 8n, md5: 19n }[entry]
        : wholeNumber(entry, 255, 2),
    )
  return !entries.includes(undefined) && new Set(entries).size === entries.length
})

/** `-j TCPOPTSTRIP`. */
export const tcpoptstrip: KeptTarget = {
  options: [value('--strip-options', tcpOptions)],
  tables: ['mangle'],
  protocols: [6],
  does: 'continue',
}
