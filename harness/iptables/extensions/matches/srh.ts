import type { MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import { kept } from '../lowering.ts'
import { type KeptOption, not, value } from '../option.ts'

const compared = (name: string): KeptOption[] =>
  ['eq', 'gt', 'lt'].map((how) => value(`--srh-${name}-${how}`, kinds.number(8), not))

/** `-m srh`. */
export const srh: MatchExtension = {
  ...kept,
  family: 'ipv6',
  options: [
    value('--srh-next-hdr', kinds.number(8), not),
    ...compared('hdr-len'),
    ...compared('segs-left'),
    ...compared('last-entry'),
    value('--srh-tag', kinds.number(16), not),
    ...['psid', 'nsid', 'lsid'].map((name) => value(`--srh-${name}`, addressKinds.network, not)),
  ],
}
