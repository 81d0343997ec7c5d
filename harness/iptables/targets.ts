import { canonicalAddress, type Family, wildcardAddresses } from '../core/address.ts'
import { natTargets } from './nat-targets.ts'
import { type Given, only, type TargetSpec } from './target-spec.ts'
import type { Target } from './tree.ts'
import { readMark, readNumber } from './values.ts'
import type { Word } from './words.ts'

const all = 0xffffffff
const plain = (kind: 'accept' | 'drop' | 'return'): TargetSpec => ({ options: {}, make: () => ({ kind }) })

/** `--set-xmark`, and the ways to say it that iptables turns into it. */
function xmark(name: string, word: Word): { value: number; mask: number } {
  if (name === '--set-xmark') return readMark(word)
  if (name === '--set-mark') {
    const { value, mask } = readMark(word)
    return { value, mask: (mask | value) >>> 0 }
  }
  const bits = readNumber(word, 'mark', all)
  if (name === '--and-mark') return { value: 0, mask: ~bits >>> 0 }
  return { value: bits, mask: name === '--or-mark' ? bits : 0 }
}

const setters = ['--set-xmark', '--set-mark', '--and-mark', '--or-mark', '--xor-mark'] as const
const setterOptions = Object.fromEntries(setters.map((name) => [name, true]))

function connmark(given: Given, at: Word): Target {
  const [name, word] = only(given, at, [...setters, '--save-mark', '--restore-mark'])
  if (word !== undefined) return { kind: 'connmark', action: 'set', ...xmark(name, word) }
  const maskOf = (option: string): number => {
    const mask = given.get(option) ?? given.get('--mask')
    return mask === undefined ? all : readNumber(mask, 'mask', all)
  }
  return { kind: 'connmark', action: name === '--save-mark' ? 'save' : 'restore', nfmask: maskOf('--nfmask'), ctmask: maskOf('--ctmask') }
}

const logLevels = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']
/** In the order in which iptables-save prints them. */
const logFlags = ['--log-tcp-sequence', '--log-tcp-options', '--log-ip-options', '--log-uid', '--log-macdecode']

function readLevel(word: Word | undefined): number {
  if (word === undefined) return 4
  const named = logLevels.indexOf(word.text.toLowerCase())
  return named < 0 ? readNumber(word, 'log level', 7) : named
}

const rejections: Readonly<Record<Family, string>> = { ipv4: 'icmp-port-unreachable', ipv6: 'icmp6-port-unreachable' }

/** The targets that rule builders use (iptables-extensions(8)); the others are kept as they are written. */
export const targets: Readonly<Record<string, TargetSpec>> = {
  ACCEPT: plain('accept'),
  DROP: plain('drop'),
  RETURN: plain('return'),
  ...natTargets,
  MARK: {
    options: setterOptions,
    make: (given, { at }) => {
      const [name, word = at] = only(given, at, setters)
      return { kind: 'mark', ...xmark(name, word) }
    },
  },
  CONNMARK: {
    options: { ...setterOptions, '--save-mark': false, '--restore-mark': false, '--nfmask': true, '--ctmask': true, '--mask': true },
    make: (given, { at }) => connmark(given, at),
  },
  CT: {
    options: { '--zone': true, '--zone-orig': true, '--zone-reply': true, '--notrack': false },
    make: (given, { at }) => {
      const [name, word] = only(given, at, ['--zone', '--zone-orig', '--zone-reply', '--notrack'])
      if (word === undefined) return { kind: 'ct', action: 'notrack' }
      const direction = name === '--zone' ? 'both' : name === '--zone-orig' ? 'original' : 'reply'
      return { kind: 'ct', action: 'zone', direction, zone: readNumber(word, 'zone', 65535) }
    },
  },
  TPROXY: {
    options: { '--on-port': true, '--on-ip': true, '--tproxy-mark': true },
    make: (given, { at, family }) => {
      const [, port = at] = only(given, at, ['--on-port'])
      const mark = given.get('--tproxy-mark')
      return {
        kind: 'tproxy',
        port: readNumber(port, 'port', 65535),
        address: canonicalAddress(given.get('--on-ip')?.text ?? wildcardAddresses[family]),
        ...(mark === undefined ? { value: 0, mask: 0 } : readMark(mark)),
      }
    },
  },
  LOG: {
    options: { '--log-prefix': true, '--log-level': true, ...Object.fromEntries(logFlags.map((name) => [name, false])) },
    make: (given) => {
      const prefix = given.get('--log-prefix')?.text
      return {
        kind: 'log',
        ...(prefix !== undefined && { prefix }),
        level: readLevel(given.get('--log-level')),
        flags: logFlags.filter((flag) => given.has(flag)),
      }
    },
  },
  REJECT: {
    options: { '--reject-with': true },
    make: (given, { family }) => ({ kind: 'reject', with: given.get('--reject-with')?.text ?? rejections[family] }),
  },
}
