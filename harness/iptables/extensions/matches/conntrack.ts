import { needsAny } from '../checks.ts'
import type { MatchExtension } from '../extension.ts'
import * as addressKinds from '../address-kinds.ts'
import * as kinds from '../kinds.ts'
import * as portKinds from '../port-kinds.ts'
import { byOption } from '../lowering.ts'
import { type KeptOption, not, value } from '../option.ts'
import { statesOption } from '../states.ts'

const ends = ['src', 'dst']
const addressesOf = (name: string): KeptOption[] => ends.map((end) => value(`--ct${name}${end}`, addressKinds.network, not))
const portsOf = (name: string): KeptOption[] => ends.map((end) => value(`--ct${name}${end}port`, portKinds.ports, not))

/** `-m conntrack`; what is asked of a connection beside its state is kept as it is written. */
export const conntrack: MatchExtension = {
  options: [
    statesOption('--ctstate', 7),
    value('--ctproto', portKinds.protocol, not),
    ...addressesOf('orig'),
    ...addressesOf('repl'),
    ...portsOf('orig'),
    ...portsOf('repl'),
    value('--ctstatus', kinds.beginnings('NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'), not),
    value('--ctexpire', kinds.numbers(32), not),
    value('--ctdir', kinds.oneOfAnyCase('ORIGINAL', 'REPLY')),
  ],
  check: needsAny('something to look for'),
  tracks: true,
  lower: byOption,
}
