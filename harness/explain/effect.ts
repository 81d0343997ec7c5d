import type { Range, Target } from '../iptables/tree.ts'
import { isIdle, isNotrack } from '../model/idle-targets.ts'

/**
 * What a rule's target does to a packet, as the end of a sentence.
 * @param caller the chain that a RETURN leads back to; undefined in the kernel's own chains.
 */
export function effectOf(target: Target | undefined, caller: string | undefined): string {
  switch (target?.kind) {
    case undefined:
      return 'it is counted and goes on'
    case 'accept':
      return 'this table lets it pass'
    case 'drop':
      return 'it is dropped'
    case 'reject':
      return `it is rejected with ${target.with}`
    case 'return':
      return caller === undefined ? 'it leaves this chain' : `it goes back to ${caller}`
    case 'jump':
    case 'goto':
      return `it goes on in ${target.chain}`
    case 'redirect':
      return `its destination becomes the pod itself${target.ports === undefined ? '' : `, ${portsOf(target.ports)}`}`
    case 'dnat':
      return `its destination becomes ${endOf(target)}`
    case 'snat':
      return `its source becomes ${endOf(target)}`
    case 'masquerade':
      return "its source becomes the interface's own address"
    case 'ct':
      return 'connection tracking is told, and it goes on'
    case 'tproxy':
      return `it is given to the transparent socket on port ${target.port === 0 ? 'it was sent to' : target.port}, or dropped`
    case 'log':
      return 'it is logged and goes on'
    case 'mark':
    case 'connmark':
      return 'its mark is set and it goes on'
    case 'unknown':
      return isIdle(target)
        ? 'it goes on'
        : isNotrack(target)
          ? 'connection tracking is told, and it goes on'
          : 'what that does is not modelled'
  }
}

function endOf({ addresses, ports }: Extract<Target, { kind: 'dnat' | 'snat' }>): string {
  const address =
    addresses === undefined ? [] : [addresses.first === addresses.last ? addresses.first : `one of ${addresses.first}-${addresses.last}`]
  return [...address, ...(ports === undefined ? [] : [portsOf(ports)])].join(', ') || 'what it is'
}

const portsOf = ({ first, last }: Range): string => (first === last ? `port ${first}` : `a port from ${first} to ${last}`)
