import { wholeNumber } from './c-numbers.ts'
import { logLevel, oneLine } from './extensions/kinds.ts'
import { flag, value } from './extensions/option.ts'
import type { TargetSpec } from './target-spec.ts'
import type { Word } from './words.ts'

/** By their numbers (syslog(3)). */
const levels = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']
/** In the order in which iptables-save prints them. */
const flags = ['--log-tcp-sequence', '--log-tcp-options', '--log-ip-options', '--log-uid', '--log-macdecode']

function levelOf(word: Word | undefined): number {
  if (word === undefined) return 4
  const number = wholeNumber(word.text, 7)
  return number === undefined ? Math.max(0, levels.indexOf(word.text)) : Number(number)
}

export const log: TargetSpec = {
  options: [value('--log-level', logLevel), value('--log-prefix', oneLine(1)), ...flags.map((name) => flag(name))],
  make: (given) => {
    const prefix = given.get('--log-prefix')?.text
    return {
      kind: 'log',
      // iptables cuts off what is longer.
      ...(prefix !== undefined && { prefix: Buffer.from(prefix).subarray(0, 29).toString() }),
      level: levelOf(given.get('--log-level')),
      flags: flags.filter((name) => given.has(name)),
    }
  },
}
