import type { MatchExtension } from '../extension.ts'
import * as kinds from '../kinds.ts'
import * as portKinds from '../port-kinds.ts'
import { kept } from '../lowering.ts'
import { not, value } from '../option.ts'

const dccpTypes = kinds.listOf('a list of DCCP types', (entry) =>
  [
    'REQUEST',
    'RESPONSE',
    'DATA',
    'ACK',
    'DATAACK',
    'CLOSEREQ',
    'CLOSE',
    'RESET',
    'SYNC',
    'SYNCACK',
    'INVALID',
  ].includes(entry.toUpperCase()),
)

/** `-m dccp`. */
export const dccp: MatchExtension = {
  ...kept,
  options: [
    value('--sport', portKinds.ports, { ...not, also: ['--source-port'] }),
    value('--dport', portKinds.ports, { ...not, also: ['--destination-port'] }),
    value('--dccp-types', dccpTypes, not),
    value('--dccp-option', kinds.number(8, 1), not),
  ],
  protocols: [33],
}
