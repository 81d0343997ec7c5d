import type { Family } from '../core/address.ts'
import type { TargetSpec } from './target-spec.ts'
import { wrongWord } from './words.ts'

/** What REJECT may say, each with its other name, the usual one first (extensions/libipt_REJECT.c and libip6t_REJECT.c). */
const types: Readonly<Record<Family, readonly (readonly [name: string, other: string])[]>> = {
  ipv4: [
    ['icmp-port-unreachable', 'port-unreach'],
    ['icmp-net-unreachable', 'net-unreach'],
    ['icmp-host-unreachable', 'host-unreach'],
    ['icmp-proto-unreachable', 'proto-unreach'],
    ['icmp-net-prohibited', 'net-prohib'],
    ['icmp-host-prohibited', 'host-prohib'],
    ['tcp-reset', 'tcp-rst'],
    ['icmp-admin-prohibited', 'admin-prohib'],
  ],
  ipv6: [
    ['icmp6-port-unreachable', 'port-unreach'],
    ['icmp6-no-route', 'no-route'],
    ['icmp6-adm-prohibited', 'adm-prohibited'],
    ['icmp6-addr-unreachable', 'addr-unreach'],
    ['tcp-reset', 'tcp-reset'],
    ['icmp6-policy-fail', 'policy-fail'],
    ['icmp6-reject-route', 'reject-route'],
  ],
}

export const reject: TargetSpec = {
  options: { '--reject-with': true },
  make: (given, { at, family, protocol }) => {
    const word = given.get('--reject-with')
    const known = types[family]
    const text = word?.text.toLowerCase() ?? ''
    const found = word === undefined ? known[0] : known.find((names) => names.some((name) => text !== '' && name.startsWith(text)))
    if (found === undefined)
      throw wrongWord(word ?? at, `'${word?.text}' is nothing that REJECT says; it is one of ${known.map(([name]) => name).join(', ')}`)
    const [name] = found
    if (name === 'tcp-reset' && protocol !== 6) throw wrongWord(word ?? at, 'tcp-reset needs -p tcp in the rule')
    return { kind: 'reject', with: name }
  },
}
