import type { TargetSpec } from './target-spec.ts'
import { type Word, wrongWord } from './words.ts'

/** By their numbers (syslog(3)). */
const levels = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']
/** In the order in which iptables-save prints them. */
const flags = ['--log-tcp-sequence', '--log-tcp-options', '--log-ip-options', '--log-uid', '--log-macdecode']

function readLevel(word: Word | undefined): number {
  if (word === undefined) return 4
  if (/^[0-7]$/.test(word.text)) return Number(word.text)
  const level = word.text === 'panic' ? 0 : levels.indexOf(word.text)
  if (level < 0) throw wrongWord(word, `'${word.text}' is no log level; it is a number from 0 to 7 or one of ${levels.join(', ')}`)
  return level
}

/** iptables cuts off what is longer. */
function readPrefix(word: Word | undefined): { prefix?: string } {
  if (word?.text === '') throw wrongWord(word, 'the log prefix is empty')
  return word === undefined ? {} : { prefix: Buffer.from(word.text).subarray(0, 29).toString() }
}

export const log: TargetSpec = {
  options: { '--log-prefix': true, '--log-level': true, ...Object.fromEntries(flags.map((name) => [name, false])) },
  make: (given) => ({
    kind: 'log',
    ...readPrefix(given.get('--log-prefix')),
    level: readLevel(given.get('--log-level')),
    flags: flags.filter((flag) => given.has(flag)),
  }),
}
