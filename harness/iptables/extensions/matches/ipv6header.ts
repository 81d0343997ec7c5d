import { wholeNumber } from '../../words/c-numbers.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import * as portKinds from '../port-kinds.ts'
import { kept } from '../lowering.ts'
import { flag, mustNot, value } from '../option.ts'

const headerNames = [
  'hop-by-hop',
  'hop',
  'hbh',
  'ipv6-opts',
  'dst',
  'ipv6-route',
  'route',
  'ipv6-frag',
  'frag',
  'ah',
  'auth',
  'esp',
  'ipv6-nonxt',
  'none',
  'prot',
  'proto',
  'hopopt',
]

/** The protocols that are headers of IPv6, or none at all (chain_flags in extensions/libip6t_ipv6header.c). */
const headers = [0, 43, 44, 50, 51, 59, 60, 255]
const isHeader = (entry: string): boolean =>
  headerNames.includes(entry) ||
  headers.includes(portKinds.protocolNumber(entry) ?? Number(wholeNumber(entry, 255) ?? -1n))

/** `-m ipv6header`. */
export const ipv6header: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: [value('--header', kinds.listOf('a list of IPv6 headers', isHeader), mustNot), flag('--soft')],
}
