import { canonicalAddress, familyOf, wildcardAddresses } from '../core/address.ts'
import { log } from './log-target.ts'
import { natTargets } from './nat-targets.ts'
import { reject } from './reject-target.ts'
import { type Given, only, type TargetSpec } from './target-spec.ts'
import type { Target } from './tree.ts'
import { readMark, readNumber } from './values.ts'
import { type Word, wrongWord } from './words.ts'

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
  const masks = ['--mask', '--nfmask', '--ctmask'].filter((option) => given.has(option))
  if (word !== undefined && masks.length > 0) throw wrongWord(at, `CONNMARK has ${masks[0]} for --save-mark and --restore-mark alone here`)
  if (masks.length > 1 && given.has('--mask')) throw wrongWord(at, 'CONNMARK has either --mask or --nfmask and --ctmask')
  if (word !== undefined) return { kind: 'connmark', action: 'set', ...xmark(name, word) }
  const maskOf = (option: string): number => {
    const mask = given.get(option) ?? given.get('--mask')
    return mask === undefined ? all : readNumber(mask, 'mask', all)
  }
  return { kind: 'connmark', action: name === '--save-mark' ? 'save' : 'restore', nfmask: maskOf('--nfmask'), ctmask: maskOf('--ctmask') }
}

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
    open: true,
    options: { ...setterOptions, '--save-mark': false, '--restore-mark': false, '--nfmask': true, '--ctmask': true, '--mask': true },
    make: (given, { at }) => connmark(given, at),
  },
  CT: {
    open: true,
    options: { '--zone': true, '--zone-orig': true, '--zone-reply': true, '--notrack': false },
    make: (given, { at }) => {
      if (given.size === 0) return { kind: 'ct', action: 'zone', direction: 'both', zone: 0 }
      const [name, word] = only(given, at, ['--zone', '--zone-orig', '--zone-reply', '--notrack'])
      if (word === undefined) return { kind: 'ct', action: 'notrack' }
      if (word.text === 'mark') return { kind: 'unknown', name: 'CT', values: [name, word.text] }
      const direction = name === '--zone' ? 'both' : name === '--zone-orig' ? 'original' : 'reply'
      return { kind: 'ct', action: 'zone', direction, zone: readNumber(word, 'zone', 65535) }
    },
  },
  TPROXY: {
    options: { '--on-port': true, '--on-ip': true, '--tproxy-mark': true },
    make: (given, { at, family, protocol }) => {
      if (protocol !== 6 && protocol !== 17) throw wrongWord(at, 'TPROXY needs -p tcp or -p udp in the rule')
      const [, port = at] = only(given, at, ['--on-port'])
      const [address, mark] = [given.get('--on-ip'), given.get('--tproxy-mark')]
      if (address !== undefined && familyOf(address.text) !== family) throw wrongWord(address, `'${address.text}' is no ${family} address`)
      return {
        kind: 'tproxy',
        port: readNumber(port, 'port', 65535),
        address: canonicalAddress(address?.text ?? wildcardAddresses[family]),
        ...(mark === undefined ? { value: 0, mask: 0 } : readMark(mark)),
      }
    },
  },
  LOG: log,
  REJECT: reject,
}
