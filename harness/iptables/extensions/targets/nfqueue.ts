import type { KeptTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { flag, value } from '../option.ts'

const queueBalance = kinds.kind('two queues with a colon between, in order', (written) => {
  const [first, last] = kinds.pair(written, 16) ?? []
  return first !== undefined && last !== undefined && first < last && last - first < 65535n
})

/** `-j NFQUEUE`. */
export const nfqueue: KeptTarget = {
  options: [
    value('--queue-num', kinds.number(16), { without: ['--queue-balance'] }),
    value('--queue-balance', queueBalance, { without: ['--queue-num'] }),
    flag('--queue-bypass'),
    flag('--queue-cpu-fanout', { needs: ['--queue-balance'] }),
  ],
  does: 'unknown',
}
