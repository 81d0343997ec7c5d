import type { Family } from '../../../core/address.ts'
import { wrongWord } from '../../words/payload-words.ts'
import { knownTarget } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { value } from '../option.ts'

/**
 * What REJECT may say, each with its other name, in the order in which iptables looks for them
 * (extensions/libipt_REJECT.c and libip6t_REJECT.c).
 */
const types: Readonly<Record<Family, readonly (readonly [name: string, other: string])[]>> = {
  ipv4: [
    ['icmp-net-unreachable', 'net-unreach'],
    ['icmp-host-unreachable', 'host-unreach'],
    ['icmp-proto-unreachable', 'proto-unreach'],
    ['icmp-port-unreachable', 'port-unreach'],
    ['icmp-net-prohibited', 'net-prohib'],
    ['icmp-host-prohibited', 'host-prohib'],
    ['tcp-reset', 'tcp-rst'],
    ['icmp-admin-prohibited', 'admin-prohib'],
  ],
  ipv6: [
    ['icmp6-no-route', 'no-route'],
    ['icmp6-adm-prohibited', 'adm-prohibited'],
    ['icmp6-addr-unreachable', 'addr-unreach'],
    ['icmp6-port-unreachable', 'port-unreach'],
    ['tcp-reset', 'tcp-reset'],
    ['icmp6-policy-fail', 'policy-fail'],
    ['icmp6-reject-route', 'reject-route'],
  ],
}

const usual = { ipv4: 'icmp-port-unreachable', ipv6: 'icmp6-port-unreachable' } as const

/** `-j REJECT` */
export const reject = knownTarget<string>({
  options: [value('--reject-with', kinds.text())],
  tables: ['filter'],
  chains: ['INPUT', 'FORWARD', 'OUTPUT'],
  read: (options, at, { family, protocol, otherProtocols }) => {
    const word = options.get('--reject-with')
    const known = types[family]
    const text = word?.text.toLowerCase()
    const found = known.find((names) =>
      names.some((name) => (text === undefined ? name === usual[family] : name.startsWith(text))),
    )
    if (found === undefined)
      throw wrongWord(
        word ?? at,
        `'${word?.text}' is nothing that REJECT says; it is one of ${known.map(([name]) => name).join(', ')}`,
      )
    const [name] = found
    if (name === 'tcp-reset' && (protocol !== 6 || otherProtocols))
      throw wrongWord(word ?? at, 'tcp-reset needs -p tcp in the rule')
    return name
  },
  print: (name) => `--reject-with ${name}`,
  lower: (name) => ({ kind: 'reject', with: name }),
})
