import { quoted, range, word } from './print-value.ts'
import type { AddressRange, Range, Target } from './tree.ts'
import { hex } from './values.ts'

/** A target with its options: `-j REDIRECT --to-ports 15001`. */
export function printTarget(target: Target): string {
  switch (target.kind) {
    case 'accept':
    case 'drop':
    case 'return':
      return `-j ${target.kind.toUpperCase()}`
    case 'jump':
      return `-j ${target.chain}`
    case 'goto':
      return `-g ${target.chain}`
    case 'redirect':
      return join('-j REDIRECT', target.ports && `--to-ports ${range(target.ports, '-')}`, target.random && '--random')
    case 'dnat':
      return join('-j DNAT --to-destination', ends(target), target.random && '--random', target.persistent && '--persistent')
    case 'snat':
      return join('-j SNAT --to-source', ends(target), ...howRandom(target), target.persistent && '--persistent')
    case 'masquerade':
      return join('-j MASQUERADE', target.ports && `--to-ports ${range(target.ports, '-')}`, ...howRandom(target))
    case 'mark':
      return `-j MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`
    case 'connmark':
      return target.action === 'set'
        ? `-j CONNMARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`
        : `-j CONNMARK --${target.action}-mark --nfmask ${hex(target.nfmask)} --ctmask ${hex(target.ctmask)}`
    case 'ct':
      return target.action === 'notrack'
        ? '-j CT --notrack'
        : join('-j CT', target.zone > 0 && `${zoneOptions[target.direction]} ${target.zone}`)
    case 'tproxy':
      return `-j TPROXY --on-port ${target.port} --on-ip ${target.address} --tproxy-mark ${hex(target.value)}/${hex(target.mask)}`
    case 'log':
      return join(
        '-j LOG',
        target.prefix !== undefined && `--log-prefix ${quoted(target.prefix)}`,
        target.level !== 4 && `--log-level ${target.level}`,
        ...target.flags,
      )
    case 'reject':
      return `-j REJECT --reject-with ${target.with}`
    case 'unknown':
      return ['-j', target.name, ...target.values.map(word)].join(' ')
  }
}

const join = (...parts: readonly (string | false | undefined)[]): string => parts.filter(Boolean).join(' ')
const zoneOptions = { both: '--zone', original: '--zone-orig', reply: '--zone-reply' } as const

function ends({ addresses, ports, shift }: { addresses?: AddressRange; ports?: Range; shift?: number }): string {
  const written =
    addresses === undefined ? '' : addresses.first === addresses.last ? addresses.first : `${addresses.first}-${addresses.last}`
  if (ports === undefined) return written
  const port = `${range(ports, '-')}${shift === undefined ? '' : `/${shift}`}`
  return `${written.includes(':') ? `[${written}]` : written}:${port}`
}

const howRandom = ({ random, fully }: { random: boolean; fully: boolean }): (string | false)[] => [
  random && '--random',
  fully && '--random-fully',
]
