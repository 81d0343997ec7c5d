import { addressBytes, familyOf } from '../../core/address.ts'
import type { KeptTarget } from './extension.ts'
import * as addressKinds from './address-kinds.ts'
import { must, value } from './option.ts'

/** What SNPT and DNPT have in common. */
export const npt: Omit<KeptTarget, 'chains' | 'does'> = {
  family: 'ipv6',
  options: [value('--src-pfx', addressKinds.network, must), value('--dst-pfx', addressKinds.network, must)],
  tables: ['mangle'],
  check: (_, __, values) => {
    const networks = ['--src-pfx', '--dst-pfx'].map((name) => (values.get(name) ?? '').split('/'))
    if (networks.some(([, length]) => Number(length ?? 128) > 64)) return 'has prefixes of at most 64 bits'
    return networks.every(([address = '', length]) => isNetwork(address, Number(length)))
      ? undefined
      : 'has addresses with no bit behind their prefix'
  },
}

/** ip6t_npt_checkentry in net/ipv6/netfilter/ip6t_NPT.c. */
function isNetwork(address: string, length: number): boolean {
  if (familyOf(address) !== 'ipv6') return true
  const bits = [...addressBytes(address)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return !bits.slice(length).includes('1')
}
