import type { Family } from '../../../core/address.ts'
import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { flag, not, value } from '../option.ts'

const spi = value('--ahspi', kinds.numbers(32), not)

/** `-m ah` asks the protocol of IPv4, and a header of IPv6. */
export const ah: Readonly<Record<Family, MatchExtension>> = {
  ipv4: { ...kept, options: [spi], protocols: [51] },
  ipv6: { ...kept, options: [spi, value('--ahlen', kinds.number(32), not), flag('--ahres')] },
}
