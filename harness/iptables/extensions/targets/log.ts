import { wholeNumber } from '../../words/c-numbers.ts'
import { joined, quoted } from '../../words/print-value.ts'
import type { Word } from '../../words/payload-words.ts'
import { knownTarget } from '../extension.ts'
import { logLevel, oneLine } from '../kinds.ts'
import { flag, value } from '../option.ts'

/** By their numbers (syslog(3)). */
const levels = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']
/** In the order in which iptables-save prints them. */
const flags = ['--log-tcp-sequence', '--log-tcp-options', '--log-ip-options', '--log-uid', '--log-macdecode']

function levelOf(word: Word | undefined): number {
  if (word === undefined) return 4
  const number = wholeNumber(word.text, 7)
  return number === undefined ? Math.max(0, levels.indexOf(word.text)) : Number(number)
}

/** `-j LOG` */
export const log = knownTarget<{ prefix?: string; level: number; flags: string[] }>({
  options: [
    value('--log-level', logLevel),
    value('--log-prefix', oneLine(1), { isText: true }),
    ...flags.map((name) => flag(name)),
  ],
  read: (options) => {
    const prefix = options.get('--log-prefix')?.text
    return {
      // iptables cuts off what is longer.
      ...(prefix !== undefined && { prefix: Buffer.from(prefix).subarray(0, 29).toString() }),
      level: levelOf(options.get('--log-level')),
      flags: flags.filter((name) => options.has(name)),
    }
  },
  print: ({ prefix, level, flags: given }) =>
    joined(prefix !== undefined && `--log-prefix ${quoted(prefix)}`, level !== 4 && `--log-level ${level}`, ...given),
  lower: () => ({ kind: 'log' }),
})
